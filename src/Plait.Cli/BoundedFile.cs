using System.Diagnostics.CodeAnalysis;
using System.Text;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Native;

namespace Plait.Cli;

/// <summary>Reads texts that people write, whatever the path names: no more than a mebibyte, and not for ever (G6).</summary>
internal static class BoundedFile
{
    /// <summary>1 MiB: the longest plaitrc, and more than any torrc.</summary>
    internal const int MaxBytes = 1 << 20;

    // A pipe into which no program writes, a terminal: a person sees in this time that nothing comes.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="what">How a message calls it: <c>plaitrc</c>.</param>
    /// <param name="option">How the path was given, for the message that it is none: <c>-f</c>.</param>
    /// <param name="text">The text. A byte-order mark tells UTF-16, which editors of Windows write; else what is not UTF-8 keeps its bytes.</param>
    /// <param name="error">Why there is none, for a person.</param>
    internal static bool TryRead(
        string path, string what, string option, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? error)
    {
        text = null;
        if (Directory.Exists(path) || !File.Exists(path))
        {
            if (StrayBridgeLine.IsLikely(path))
            {
                error = $"the word in the place of a {what} is no path of a file; {StrayBridgeLine.Advice}";
                return false;
            }

            string found = Directory.Exists(path) ? $"{path} is a directory" : $"there is no file {Path.GetFullPath(path)}";
            error = $"{found}; {(Path.IsPathFullyQualified(path) ? $"{option} takes the path of a {what}" : $"write the full path of the {what} with {option}")}";
            return false;
        }

        try
        {
            // Only of a regular file is a length known; a pipe may have no writer.
            byte[]? bytes = new FileInfo(path).Length > 0 ? ReadFile(path) : ReadPatiently(path);
            error = bytes is null ? $"{path} gives nothing to read; is it the right file?"
                : bytes.Length > MaxBytes ? $"{path} is larger than any {what}, and at most 1 MiB is read; is it the right file?"
                : null;
            text = error is null ? TextOf(bytes!) : null;
        }
        catch (Exception e) when (DiskErrors.IsOne(e) && !Descriptors.AreLacking(e.HResult)) // a lack of descriptors may pass
        {
            error = $"the {what} {path} cannot be read: {e.Message}";
        }

        return error is null;
    }

    /// <summary>Reads a stream such as stdin to its end.</summary>
    /// <returns>Its text, or null if it is longer than the limit.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static string? Read(Stream stream)
    {
        byte[] bytes = ReadBytes(stream);
        return bytes.Length > MaxBytes ? null : TextOf(bytes);
    }

    private static byte[]? ReadPatiently(string path)
    {
        var reading = Task.Run(() => ReadFile(path));
        try
        {
            return reading.Wait(s_patience) ? reading.Result : null;
        }
        catch (AggregateException e) when (e.InnerException is { } reason)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(reason);
            throw;
        }
    }

    private static byte[] ReadFile(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return ReadBytes(stream);
    }

    /// <summary>At most one byte more than the limit.</summary>
    private static byte[] ReadBytes(Stream stream)
    {
        var bytes = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        int count;
        while (bytes.Length <= MaxBytes
            && (count = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, MaxBytes + 1 - bytes.Length))) > 0)
        {
            bytes.Write(buffer, 0, count);
        }

        return bytes.ToArray();
    }

    private static string TextOf(byte[] bytes) => bytes switch
    {
        [0xFF, 0xFE, ..] => Encoding.Unicode.GetString(bytes),
        [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode.GetString(bytes),
        _ => SystemText.Decode(bytes),
    };
}
