using System.Diagnostics;

namespace Plait.Processes;

/// <summary>
/// Sees to it that no child outlives Plait, whatever kills it (G7, L24). A small shell waits at the end of a pipe that
/// only Plait holds open; it knows the children's process ids. When the pipe closes while ids are left, Plait died
/// without stopping them: the shell asks them to end, and kills those that do not within a second.
/// </summary>
/// <remarks>
/// The kernel's parent-death signal is no substitute: it fires when the forking thread ends, which in a thread-pool
/// runtime is any time (L10). Well-behaved children see the end of their stdin as well and need no guard.
/// </remarks>
internal sealed class ProcessGuard : IAsyncDisposable
{
    // "+ PID" and "- PID" lines; at the end of input, what is left dies. Signals sent to the whole process group of Plait
    // must not end the guard before its work is done.
    private const string Script = """
        trap '' INT TERM HUP
        pids=
        while read -r sign pid; do
            case $sign in
            +) pids="$pids $pid" ;;
            -) left=; for p in $pids; do [ "$p" = "$pid" ] || left="$left $p"; done; pids=$left ;;
            esac
        done
        [ -n "$pids" ] || exit 0
        kill -TERM $pids 2>/dev/null
        sleep 1
        kill -KILL $pids 2>/dev/null
        """;

    private readonly Lock _lock = new();
    private Process? _shell;

    /// <summary>Sees to it that the guard runs, so that a child need not be started without one.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The system would not start it.</exception>
    internal void Start()
    {
        lock (_lock)
        {
            _shell ??= OperatingSystem.IsWindows() ? null : StartShell();
        }
    }

    /// <summary>Watches over the process with this id from now on.</summary>
    internal void Add(int processId) => Tell($"+ {processId}");

    /// <summary>The process has ended, or is not ours any more.</summary>
    internal void Remove(int processId) => Tell($"- {processId}");

    public async ValueTask DisposeAsync()
    {
        if (_shell is null)
        {
            return;
        }

        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync().ConfigureAwait(false);
        _shell.Dispose();
    }

    private void Tell(string line)
    {
        lock (_lock)
        {
            try
            {
                _shell?.StandardInput.Write(line + "\n");
                _shell?.StandardInput.Flush();
            }
            catch (IOException)
            {
                // Somebody killed the guard: the children's stdin remains.
            }
        }
    }

    private static Process StartShell()
    {
        // All three streams are pipes of ours: a guard that kept tor's pipe open would hide our end from tor.
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("The shell did not start.");
    }
}
