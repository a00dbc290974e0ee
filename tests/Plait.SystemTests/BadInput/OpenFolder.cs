using Plait.SystemTests.Doubles;
using Plait.SystemTests.Surroundings;

namespace Plait.SystemTests.BadInput;

/// <summary>A folder of a test that the user nobody may read, with a state location that it may write into. Takes root.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class OpenFolder
{
    private const string Nobody = "65534"; // on most systems

    private readonly string _state;

    /// <param name="files">The folder.</param>
    public OpenFolder(TestFolder files)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Programs.SkipOrFail("only root can start a program as another user");
        }

        OpenTo.Everybody(files.Path);
        _state = Directory.CreateDirectory(files["state"]).FullName;
        OpenTo.Writers(_state);
    }

    /// <summary>Makes a child's state folder as a start by root leaves it.</summary>
    /// <returns>Its path.</returns>
    public string MakeStateOfRoot(string name)
    {
        foreach (string part in new[] { "plait", "plait/plaitrc" })
        {
            OpenTo.Writers(Directory.CreateDirectory(Path.Combine(_state, part)).FullName);
        }

        string folder = Path.Combine(_state, "plait", "plaitrc", name);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }

    /// <summary>Makes a file in a child's state folder as root restores it from a backup: the folder is the user's, the file is not.</summary>
    /// <returns>Its path.</returns>
    public string MakeStateFileOfRoot(string name, string file)
    {
        string folder = MakeStateOfRoot(name);
        OpenTo.Writers(folder);
        string path = Path.Combine(folder, file);
        File.WriteAllText(path, "");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <summary>The same start by that user.</summary>
    /// <param name="launch">The start.</param>
    /// <param name="noNewPrivileges">As under NoNewPrivileges=yes of systemd.</param>
    public PtLaunch AsNobody(PtLaunch launch, bool noNewPrivileges = false) => launch with
    {
        Program = Programs.Require("setpriv"),
        Arguments =
        [
            "--reuid", Nobody, "--regid", Nobody, "--clear-groups", .. noNewPrivileges ? ["--no-new-privs"] : Array.Empty<string>(),
            launch.Program, .. launch.Arguments,
        ],
        StateLocation = _state,
    };
}
