using System.Runtime.InteropServices;
using Plait.Diagnostics;

namespace Plait.Cli;

/// <summary>Reports an exception that no other handler caught: a bug, or a lack of threads or memory. One line, and no stack trace.</summary>
internal static partial class LastResort
{
    /// <summary>Reports it and ends the process at once.</summary>
    internal static void End(Exception error)
    {
        bool lacks = error is OutOfMemoryException or ThreadStartException;
        StandardStreams.WriteError(lacks
            ? "plait: no memory or thread is left; raise the limits (ulimit -u, -v; TasksMax=, MemoryMax=)"
            : $"plait: internal error, please report it: {error.GetType().Name}: {error.Message}");
        Exit((int)(lacks ? ExitCode.Shortage : ExitCode.Software)); // not Environment.Exit, which may need a thread
    }

    /// <summary>Ends the process at once. The guard ends what it leaves running.</summary>
    internal static void End(ExitCode code) => Exit((int)code);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
