using Plait.Diagnostics.Failures;
using Plait.Native;

namespace Plait.Cli;

/// <summary>
/// Reports an exception that no other handler caught: a bug, a lack of threads or memory, or output that cannot be written. One line, and
/// no stack trace.
/// </summary>
internal static class LastResort
{
    /// <summary>Reports it and ends the process at once.</summary>
    internal static void End(Exception error)
    {
        (ExitCode code, string why) = error switch
        {
            OutOfMemoryException or ThreadStartException => (ExitCode.Shortage, "no memory or thread is left; raise the limits (ulimit -u, -v; TasksMax=, MemoryMax=)"),
            _ when DiskErrors.IsFull(error) => (ExitCode.InputOutput, "the output cannot be written: no space is left where it goes; make room there"),
            _ => (ExitCode.Software, $"internal error, please report it: {error.GetType().Name}: {error.Message}"),
        };
        StandardStreams.WriteError($"plait: {why}");
        Libc.Exit((int)code); // not Environment.Exit, which may need a thread
    }

    /// <summary>Ends the process at once. The guard ends what it leaves running.</summary>
    internal static void End(ExitCode code) => Libc.Exit((int)code);
}
