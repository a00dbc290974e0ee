using System.Runtime.Versioning;

namespace Plait.SystemTests.Surroundings;

/// <summary>Opens files of the tests to the users whose programs run in a surrounding.</summary>
[SupportedOSPlatform("linux")]
internal static class OpenTo
{
    private const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Enter = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode Write = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Everybody may read it, and enter a folder or run a program.</summary>
    public static void Everybody(string path) => File.SetUnixFileMode(path, Read | Enter | UnixFileMode.UserWrite);

    /// <summary>Everybody may write into the folder.</summary>
    public static void Writers(string path) => File.SetUnixFileMode(path, Read | Enter | Write);
}
