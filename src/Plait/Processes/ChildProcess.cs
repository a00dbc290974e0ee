using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
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
internal sealed class ChildProcess : IAsyncDisposable
{
    // setsid(1) makes it the leader of a process group of its own, in the same process, where there is such a program.
    private const string WaitThenBecome =
        "read -r go || exit 1; command -v setsid >/dev/null 2>&1 && exec setsid \"$0\" \"$@\"; exec \"$0\" \"$@\"";

    // How long the streams of a dead child are read on: a grandchild may hold them open for ever. What the child itself wrote
    // is in the pipe already; its restart waits meanwhile.
    private static readonly TimeSpan s_drainAfterExit = TimeSpan.FromMilliseconds(300);

    private readonly Process _process;
    private readonly ProcessGuard _guard;
    private readonly TimeSpan _exitGrace;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _draining = new();
    private readonly Lock _stopLock = new();
    private readonly Task _life;
    private readonly CancellationTokenSource _gone = new();
    private Task? _stop;
    private volatile bool _hung;

    private ChildProcess(Process process, ProcessGuard guard, TimeSpan exitGrace, TimeProvider time, Scrubber scrubber, Action<PtMessage> onMessage)
    {
        _process = process;
        _guard = guard;
        _exitGrace = exitGrace;
        _time = time;
        Id = process.Id;
        Words = new(time, scrubber);
        Gone = _gone.Token;
        _life = LiveAsync(onMessage);
    }

    /// <summary>The process id.</summary>
    internal int Id { get; }

    /// <summary>Completes when the process has ended and its streams are read.</summary>
    internal Task Exited => _life;

    /// <summary>"exit code 1", "signal 9", or "signal 9, by Plait, because it hung", once it has ended.</summary>
    internal SafeText ExitText { get; private set; } = SafeText.Empty;

    /// <summary>It did not end when it was asked to, and was killed.</summary>
    internal bool WasKilled { get; private set; }

    /// <summary>What it said last.</summary>
    internal ChildWords Words { get; }

    /// <summary>
    /// Fires when the process has ended and its streams are read: for whoever would wait for that often, and not always to
    /// the end. Outlives the source.
    /// </summary>
    internal CancellationToken Gone { get; }

    /// <summary>Starts <paramref name="command"/>. Each line of its stdout is given to <paramref name="onMessage"/>.</summary>
    /// <exception cref="Win32Exception">The system would not start it.</exception>
    internal static ChildProcess Start(
        ChildCommand command, ProcessGuard guard, TimeSpan exitGrace, TimeProvider time, Scrubber scrubber, Action<PtMessage> onMessage)
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

        return new(process, guard, exitGrace, time, scrubber, onMessage);
    }

    /// <summary>Stops it as pt-spec 3.4 says, and waits for its end. Calling again joins the stop in progress (L4).</summary>
    internal Task StopAsync()
    {
        lock (_stopLock)
        {
            return _stop ??= StopOnceAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _process.Dispose();
        _draining.Dispose();
        _gone.Dispose();
    }

    /// <summary>It hangs: kills it, for it would not heed anything else. Its end is then as unasked as any other.</summary>
    internal void KillHung()
    {
        if (!_life.IsCompleted) // else its id may be another's by now
        {
            _hung = true;
            Kill();
        }
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

        WasKilled = true;
        Kill();
        await _life.ConfigureAwait(false);
    }

    private async Task<bool> EndsWithinGraceAsync()
    {
        await _life.WaitAsync(_exitGrace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _life.IsCompleted;
    }

    private void Terminate()
    {
        if (!_process.HasExited)
        {
            ProcessSignals.Terminate(Id);
        }
    }

    private void Kill()
    {
        ProcessSignals.Kill(Id);
        try
        {
            _process.Kill(entireProcessTree: true); // also what has left the group
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended in between.
        }
    }

    private async Task LiveAsync(Action<PtMessage> onMessage)
    {
        Task output = ReadLinesAsync(_process.StandardOutput.BaseStream, (line, truncated) => Hear(MessageOf(line, truncated), onMessage), keepRest: false);
        Task errors = ReadLinesAsync(_process.StandardError.BaseStream, (line, _) => Words.Add(line), keepRest: true);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        ExitText = _hung ? $"{TextOf(_process.ExitCode)}, by Plait, because it hung" : TextOf(_process.ExitCode); // now: it is asked for also when this is disposed
        ProcessSignals.KillRest(Id); // the program behind a wrapper script, for instance
        _guard.Remove(Id);
        Task drained = Task.WhenAll(output, errors);
        await drained.WaitAsync(s_drainAfterExit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _draining.CancelAsync().ConfigureAwait(false);
        await _gone.CancelAsync().ConfigureAwait(false);
    }

    private static SafeText TextOf(int exitCode) => exitCode is > 128 and < 128 + 65 && !OperatingSystem.IsWindows() // 64 signals
        ? SafeText.Of($"signal {exitCode - 128}")
        : $"exit code {exitCode}";

    private async Task ReadLinesAsync(Stream stream, Action<string, bool> onLine, bool keepRest)
    {
        await Task.Yield();
        await using ConfiguredAsyncDisposable owned = stream.ConfigureAwait(false); // Process leaves a stream that was asked for to us
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
                onLine(rest, false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The child is gone and somebody else holds its stream.
        }
    }

    private static void Feed(LineAssembler lines, ReadOnlySpan<byte> bytes, Action<string, bool> onLine)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[lines.Append(bytes)..];
            while (lines.TryRead(out string? line, out bool truncated))
            {
                onLine(line, truncated);
            }
        }
    }

    /// <summary>A line beyond the limit is not what its beginning says (M4).</summary>
    private static PtMessage MessageOf(string line, bool truncated) => PtMessage.Parse(line) switch
    {
        UnknownMessage unknown => unknown,
        _ when truncated => new MalformedMessage(line.Split(' ', 2)[0], "the line is too long"),
        var message => message,
    };

    private void Hear(PtMessage message, Action<PtMessage> onMessage)
    {
        Words.Add(message);
        onMessage(message);
    }
}
