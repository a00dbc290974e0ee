using System.Diagnostics;
using System.Text;

namespace Plait.Processes;

/// <summary>
/// Sees to it that no child outlives Plait, whatever kills it (G7, L24). A small shell waits at the end of a pipe that
/// only Plait holds open; it knows the children's process ids. When the pipe closes while ids are left, Plait died
/// without stopping them: the shell asks them to end, and kills those that do not within a second. With each child goes
/// its process group (<see cref="ProcessSignals"/>), so what a wrapper script started goes too.
/// </summary>
/// <remarks>
/// The kernel's parent-death signal is no substitute: it fires when the forking thread ends, which in a thread-pool
/// runtime is any time (L10). Well-behaved children see the end of their stdin as well and need no guard. If somebody
/// kills the guard itself, the next word to it starts another, which is told all that live.
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
        for p in $pids; do kill -TERM -- "-$p" 2>/dev/null || kill -TERM "$p" 2>/dev/null; done
        sleep 1
        for p in $pids; do kill -KILL -- "-$p" 2>/dev/null || kill -KILL "$p" 2>/dev/null; done
        """;

    private readonly Lock _lock = new();
    private readonly HashSet<int> _watched = [];
    private Process? _shell;

    /// <summary>Sees to it that the guard runs, so that a child need not be started without one.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The system would not start it.</exception>
    internal void Start()
    {
        lock (_lock)
        {
            if (!OperatingSystem.IsWindows()) // there, children watch their stdin
            {
                _shell ??= StartShell();
            }
        }
    }

    /// <summary>Begins to start it elsewhere. What goes wrong is for <see cref="Start"/> to say.</summary>
    internal void StartAhead() => Task.Run(() =>
    {
        try
        {
            Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // The first child will find that out.
        }
    });

    /// <summary>Watches over the process with this id, and its group, from now on.</summary>
    internal void Add(int processId)
    {
        lock (_lock)
        {
            _watched.Add(processId);
            Tell($"+ {processId}\n");
        }
    }

    /// <summary>The process has ended, or is not ours any more.</summary>
    internal void Remove(int processId)
    {
        lock (_lock)
        {
            _watched.Remove(processId);
            Tell($"- {processId}\n");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Process? shell;
        lock (_lock)
        {
            (shell, _shell) = (_shell, null);
        }

        if (shell is not null)
        {
            Close(shell);
            await shell.WaitForExitAsync().ConfigureAwait(false);
            shell.Dispose();
        }
    }

    private void Tell(string line)
    {
        if (OperatingSystem.IsWindows() || (_shell is not null && TryWrite(_shell, line)))
        {
            return;
        }

        // There is none, or somebody killed it: a new one has to know all that live.
        if (_shell is not null)
        {
            Close(_shell);
            _shell.Dispose();
        }

        _shell = StartShell();
        TryWrite(_shell, string.Concat(_watched.Select(id => $"+ {id}\n")));
    }

    private static bool TryWrite(Process shell, string text)
    {
        try
        {
            // Not through the writer, which would keep what could not be written and fail again when it is closed.
            Stream pipe = shell.StandardInput.BaseStream;
            pipe.Write(Encoding.ASCII.GetBytes(text));
            pipe.Flush();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Close(Process shell)
    {
        try
        {
            shell.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone.
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
