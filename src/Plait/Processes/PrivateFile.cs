using Plait.Native;

namespace Plait.Processes;

/// <summary>Small files of ours in the state location, readable by our user alone.</summary>
internal static class PrivateFile
{
    /// <summary>Puts lines into the place of what a file holds: all of them, or, on a full disk for example, what was there stays.</summary>
    /// <param name="path">The file. Another with <c>.new</c> behind its name is written first.</param>
    /// <param name="lines">Its lines.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    internal static void Replace(string path, IEnumerable<string> lines)
    {
        PollerThread.AssertNot();
        string written = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new StreamWriter(written, options))
        {
            foreach (string line in lines)
            {
                file.Write($"{line}\n");
            }
        }

        File.Move(written, path, overwrite: true);
    }
}
