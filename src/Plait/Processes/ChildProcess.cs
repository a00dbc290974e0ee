using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Plait.Diagnostics;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>What to start.</summary>
/// <param name="Program">Full path.</param>
/// <param name="Arguments">One element an argument: no shell looks at them.</param>
/// <param name="Environment">The whole environment of the child (E2).</param>
internal sealed record ChildCommand(
    string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment);

/// <summary>
/// One running child: its three streams and its end. Both output streams are drained for its whole life (M5); its lines
/// are bounded (M4).
/// </summary>
/// <remarks>
/// <para>On Unix the child begins as a shell that waits for one line on its stdin and then becomes the program
/// (<c>exec</c>, same process id). In between the guard is told the id, so there is no moment at which Plait could be
/// killed and leave a child that nobody knows.</para>
/// <para>Its end has one order (L21): close stdin, wait, SIGTERM, wait, kill.</para>
/// </remarks>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    private const string WaitThenBecome = "read -r go && exec \"$0\" \"$@\"";
    private const int LastWordsKept = 3;

    // How long the streams of a dead child are read on: a grandchild may hold them open for ever.
    private static readonly TimeSpan s_drainAfterExit = TimeSpan.FromMilliseconds(300);

    private readonly Process _process;
    private readonly ProcessGuard _guard;
    private readonly TimeSpan _exitGrace;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _draining = new();
    private readonly Queue<string> _lastWords = new();
    private readonly Task _life;
    private Task? _stop;

    private ChildProcess(Process process, ProcessGuard guard, TimeSpan exitGrace, TimeProvider time, Action<PtMessage> onMessage)
    {
        _process = process;
        _guard = guard;
        _exitGrace = exitGrace;
        _time = time;
        Id = process.Id;
        _life = LiveAsync(onMessage);
    }

    /// <summary>The process id.</summary>
    internal int Id { get; }

    /// <summary>Completes when the process has ended and its streams are read.</summary>
    internal Task Exited => _life;

    /// <summary>"exit code 1", or "signal 9", once it has ended.</summary>
    internal string ExitText => _process.ExitCode > 128 && !OperatingSystem.IsWindows()
        ? $"signal {_process.ExitCode - 128}"
        : $"exit code {_process.ExitCode}";

    /// <summary>The last lines it wrote to stderr, scrubbed; empty if none.</summary>
    internal string LastWords
    {
        get
        {
            lock (_lastWords)
            {
                return string.Join(" / ", _lastWords);
            }
        }
    }

    /// <summary>Starts <paramref name="command"/>. Each line of its stdout is given to <paramref name="onMessage"/>.</summary>
    /// <exception cref="Win32Exception">The system would not start it.</exception>
    internal static ChildProcess Start(
        ChildCommand command, ProcessGuard guard, TimeSpan exitGrace, TimeProvider time, Action<PtMessage> onMessage)
    {
        ProcessStartInfo start = OperatingSystem.IsWindows()
            ? new(command.Program, command.Arguments)
            : new("/bin/sh", ["-c", WaitThenBecome, command.Program, .. command.Arguments]);
        start.RedirectStandardInput = true; // E15: a real pipe
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.StandardInputEncoding = new UTF8Encoding(false); // C28: no byte-order mark
        start.Environment.Clear();
        foreach ((string name, string value) in command.Environment)
        {
            start.Environment[name] = value; // C31: an empty value stays one
        }

        guard.Start();
        Process process = Process.Start(start) ?? throw new Win32Exception("The process did not start.");
        guard.Add(process.Id);
        if (!OperatingSystem.IsWindows())
        {
            try
            {
                process.StandardInput.Write("go\n");
                process.StandardInput.Flush();
            }
            catch (IOException)
            {
                // It is dead already; its end is reported as any other.
            }
        }

        return new(process, guard, exitGrace, time, onMessage);
    }

    /// <summary>Stops it as pt-spec 3.4 says, and waits for its end. Calling again joins the stop in progress (L4).</summary>
    internal Task StopAsync()
    {
        lock (_lastWords)
        {
            return _stop ??= StopOnceAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _process.Dispose();
        _draining.Dispose();
    }

    private async Task StopOnceAsync()
    {
        await Task.Yield();
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A broken pipe: it is gone.
        }

        if (await EndsWithinGraceAsync().ConfigureAwait(false))
        {
            return;
        }

        Terminate();
        if (await EndsWithinGraceAsync().ConfigureAwait(false))
        {
            return;
        }

        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended in between.
        }

        await _life.ConfigureAwait(false);
    }

    private async Task<bool> EndsWithinGraceAsync()
    {
        await _life.WaitAsync(_exitGrace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _life.IsCompleted;
    }

    private void Terminate()
    {
        if (!OperatingSystem.IsWindows() && !_process.HasExited)
        {
            _ = SendSignal(Id, SignalTerminate); // C30: Process.Kill is SIGKILL
        }
    }

    private async Task LiveAsync(Action<PtMessage> onMessage)
    {
        Task output = ReadLinesAsync(_process.StandardOutput.BaseStream, line => onMessage(PtMessage.Parse(line)), keepRest: false);
        Task errors = ReadLinesAsync(_process.StandardError.BaseStream, KeepLastWords, keepRest: true);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _guard.Remove(Id);
        Task drained = Task.WhenAll(output, errors);
        await drained.WaitAsync(s_drainAfterExit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _draining.CancelAsync().ConfigureAwait(false);
    }

    private async Task ReadLinesAsync(Stream stream, Action<string> onLine, bool keepRest)
    {
        await Task.Yield();
        var lines = new LineAssembler(PtMessage.MaxLineLength);
        byte[] buffer = new byte[4096];
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer, _draining.Token).ConfigureAwait(false)) > 0)
            {
                Feed(lines, buffer.AsSpan(0, count), onLine);
            }

            if (keepRest && lines.TryReadRemainder(out string? rest))
            {
                onLine(rest);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The child is gone and somebody else holds its stream.
        }
    }

    private static void Feed(LineAssembler lines, ReadOnlySpan<byte> bytes, Action<string> onLine)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[lines.Append(bytes)..];
            while (lines.TryRead(out string? line, out _))
            {
                onLine(line);
            }
        }
    }

    private void KeepLastWords(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_lastWords)
        {
            if (_lastWords.Count == LastWordsKept)
            {
                _lastWords.Dequeue();
            }

            _lastWords.Enqueue(Scrubber.Scrub(line.Length > 200 ? line[..200] : line));
        }
    }

    private const int SignalTerminate = 15;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}
