using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Plait.Native;

namespace Plait.Cli;

/// <summary>
/// Which of the standard streams our parent gave us. Where it gave none, the runtime has given the number to a file of its
/// own, and reading or writing "stdin" or "stdout" would be reading or writing that.
/// </summary>
internal static class StandardStreams
{
    private const int Input = 0;
    private const int Output = 1;
    private const int Errors = 2;

    /// <summary>Whether there is a stdin.</summary>
    internal static bool HasInput => IsInherited(Input);

    /// <summary>stdout, or a stream that takes all and keeps nothing.</summary>
    internal static Stream OpenOutput() => Open(Output);

    /// <summary>One line to stderr. Fails in silence, also if it is not read: it is for a person, and tor has its own lines.</summary>
    internal static void WriteError(string line)
    {
        try
        {
            using Stream errors = Open(Errors);
            (errors as DescriptorStream)?.Hurry();
            errors.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (IOException)
        {
            // Closed on the other side.
        }
    }

    /// <summary>Device and inode of stderr, as systemd.exec(5) writes them into JOURNAL_STREAM; null if there is none, or it cannot be
    /// known.</summary>
    internal static string? IdentityOfErrors()
    {
        using var errors = new SafeFileHandle(Errors, ownsHandle: false);
        return IsInherited(Errors) && OperatingSystem.IsLinux() && FileStatus.Of(errors) is { } status
            ? string.Create(CultureInfo.InvariantCulture, $"{status.DeviceNumber}:{status.Inode}")
            : null;
    }

    /// <summary>Keeps what is written through <see cref="Console"/> out of files that are not ours.</summary>
    internal static void SilenceMissing()
    {
        if (!IsInherited(Output))
        {
            Console.SetOut(TextWriter.Null);
        }

        if (!IsInherited(Errors))
        {
            Console.SetError(TextWriter.Null);
        }
    }

    private static Stream Open(int descriptor) =>
        !IsInherited(descriptor) ? Stream.Null
        : !OperatingSystem.IsWindows() ? new DescriptorStream(descriptor)
        : descriptor == Output ? Console.OpenStandardOutput()
        : Console.OpenStandardError();

    /// <summary>What came over exec is not marked to be closed by exec; what the runtime opens is.</summary>
    private static bool IsInherited(int descriptor) =>
        OperatingSystem.IsWindows() || Libc.StaysOpenOverExec(descriptor);
}
