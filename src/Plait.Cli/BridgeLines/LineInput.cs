using Plait.Diagnostics.Failures;

namespace Plait.Cli.BridgeLines;

/// <summary>Where the text comes from that is to be explained: words of the command line, a file, stdin, or a QR code.</summary>
internal static class LineInput
{
    private const string Stdin = "-";

    /// <summary>Reads it.</summary>
    /// <param name="words">The words after the option. A line without quotes is several; none, or <c>-</c>, is stdin; the path of a file is that file.</param>
    /// <param name="image">A picture of a QR code, or null.</param>
    /// <exception cref="LineException">It cannot be read.</exception>
    internal static string Read(IReadOnlyList<string> words, string? image)
    {
        if (image is not null)
        {
            return words.Count == 0 ? QrImage.Read(image)
                : throw new LineException(ExitCode.Usage, "--from-qr and a line exclude each other; keep one");
        }

        if (words is [] or [Stdin])
        {
            return ReadStdin();
        }

        if (words is [var path] && (File.Exists(path) || Directory.Exists(path) || LooksLikePath(path)))
        {
            return BoundedFile.TryRead(path, "file of bridge lines", "--explain", out string? text, out string? error) ? text
                : throw new LineException(ExitCode.NoInput, error);
        }

        return string.Join(words.Any(word => word.AsSpan().ContainsAny(" \t\n")) ? '\n' : ' ', words);
    }

    private static bool LooksLikePath(string word) => !StrayBridgeLine.IsLikely(word) && !word.AsSpan().ContainsAny(" \t\n:")
        && (word.StartsWith('/') || word.StartsWith("./", StringComparison.Ordinal) || Path.HasExtension(word));

    private static string ReadStdin()
    {
        if (!Console.IsInputRedirected)
        {
            StandardStreams.WriteError("paste the bridge lines, then press Ctrl-D");
        }

        try
        {
            using Stream stdin = Console.OpenStandardInput();
            return BoundedFile.Read(stdin) ?? throw new LineException(ExitCode.NoInput, "stdin has more than 1 MiB, and bridge lines were expected there");
        }
        catch (IOException e)
        {
            throw new LineException(ExitCode.NoInput, $"stdin cannot be read: {e.Message}");
        }
    }
}
