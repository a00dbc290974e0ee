using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Native;

namespace Plait.Processes;

/// <summary>What is executed for a plugin line: its program, or for a library the program that hosts it.</summary>
internal static class PluginCommand
{
    /// <summary>Finds the files of a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="libraryHost">The program that hosts libraries; null if there is none.</param>
    /// <param name="isolates">A library that is to run in this process runs in the host too.</param>
    /// <returns>The command, without an environment.</returns>
    /// <exception cref="LaunchException">It cannot be started.</exception>
    internal static ChildCommand Of(PluginLine line, string? libraryHost, bool isolates)
    {
        string file = ProgramFile.Find(line).Require();
        var nothing = new Dictionary<string, string>();
        if (line.Library is not { } entry)
        {
            return new(file, line.Arguments, nothing);
        }

        var library = new LibraryCommand(file, entry.Symbol, line.Arguments, entry.InProcess && !isolates);
        return library.InProcess
            ? new(file, line.Arguments, nothing) { Library = library }
            : new(HostOf(libraryHost), library.HostArguments, nothing) { Library = library };
    }

    private static string HostOf(string? libraryHost) => libraryHost is null
        ? throw new LaunchException(new ProcessDown(
            ChainStage.Launch, FailureCause.ProgramMissing, $"no program is named that shared libraries run in")
        {
            Advice = $"name one in HostSettings.LibraryHost, such as plait, or write library-in-process in the plaitrc",
        })
        : ProgramFile.Find(libraryHost).Require();
}
