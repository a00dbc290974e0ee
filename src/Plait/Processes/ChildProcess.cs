using System.ComponentModel;
using Microsoft.Win32.SafeHandles;
using Plait.Connections.Polling;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Wire.Pt.Messages;

namespace Plait.Processes;

/// <summary>The command line and environment of a child.</summary>
/// <param name="Program">Full path.</param>
/// <param name="Arguments">One element for each argument; no shell is involved.</param>
/// <param name="Environment">The whole environment of the child (E2).</param>
internal sealed record ChildCommand(
    string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>
    /// The shared library that the program hosts, or that runs on a thread of this process in its place; null for a program of its own.
    /// </summary>
    internal LibraryCommand? Library { get; init; }

    /// <summary>
    /// Whether it may be expected to end when its stdin is closed, as pt-spec has it. Other programs do not (Q12), and get SIGTERM at once.
    /// </summary>
    internal bool HeedsStdin { get; init; } = true;
}

/// <summary>
/// One running child: its three streams and its end. Both output streams are drained for its whole life (M5); its lines
/// are bounded (M4).
/// </summary>
/// <remarks>It is stopped in one order (L21): close stdin, wait if it heeds that, SIGTERM, wait, kill.</remarks>
internal sealed class ChildProcess : IAsyncDisposable
{
    // How long the streams of a dead child are read on: a grandchild may hold them open for ever. What the child itself wrote
    // is in the pipe already; its restart waits meanwhile.
    private static readonly TimeSpan s_drainAfterExit = TimeSpan.FromMilliseconds(300);

    private readonly StartedProcess _process;
    private readonly ChildLauncher _launcher;
    private readonly TimeSpan _exitGrace;
    private readonly bool _heedsStdin;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _draining = new();
    private readonly Lock _stopLock = new();
    private readonly Task _life;
    private readonly CancellationTokenSource _gone = new();
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _stop;
    private volatile bool _hung;
    private uint _signsOfLife;
    private int _connections;

    private ChildProcess(
        StartedProcess process, ChildLauncher launcher, TimeSpan exitGrace, bool heedsStdin, TimeProvider time, Scrubber scrubber, Action<PtMessage> onMessage)
    {
        _process = process;
        _heedsStdin = heedsStdin;
        _launcher = launcher;
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

    /// <summary>Completes when the process has ended, even if its streams are not read to their end yet.</summary>
    internal Task Died => _died.Task;

    /// <summary>"exit code 1", "signal 9", or "signal 9, by Plait, because it hung", once it has ended.</summary>
    internal SafeText ExitText { get; private set; } = SafeText.Empty;

    /// <summary>The process has ended, even if its last output is not read yet (<see cref="Gone"/>).</summary>
    internal bool HasDied => _process.Ended.IsCompleted || ProcessSignals.IsZombie(Id);

    /// <summary>It did not end when it was asked to, and was killed, or given up.</summary>
    internal bool WasKilled { get; private set; }

    /// <summary>It is a thread of this process, which cannot be killed.</summary>
    internal bool IsThread => _process.OwnSignal is not null;

    /// <summary>Its exit code, once it has ended; null before that, and if it has none.</summary>
    internal int? ExitCode =>
        _process.Ended is { IsCompletedSuccessfully: true, Result: >= 0 and var status } && (status & 0x7F) == 0 ? (status >> 8) & 0xFF : null;

    /// <summary>Its output.</summary>
    internal ChildWords Words { get; }

    /// <summary>Changes whenever it has answered or brought bytes; the number itself means nothing.</summary>
    internal uint SignsOfLife => Volatile.Read(ref _signsOfLife);

    /// <summary>Records that it has answered or brought bytes. Threads may overwrite each other's sign: one change is enough.</summary>
    internal void Lives() => Volatile.Write(ref _signsOfLife, _signsOfLife + 1);

    /// <summary>On a client: established connections that go through it.</summary>
    internal int Connections => Volatile.Read(ref _connections);

    internal void Carries() => Interlocked.Increment(ref _connections);

    internal void CarriesNoMore() => Interlocked.Decrement(ref _connections);

    /// <summary>
    /// Fires when the process has ended and its streams are read. For callers that often stop waiting before that. The token stays valid after
    /// its source is disposed.
    /// </summary>
    internal CancellationToken Gone { get; }

    /// <summary>Starts <paramref name="command"/>. Each line of its stdout is given to <paramref name="onMessage"/>.</summary>
    /// <exception cref="Win32Exception">The system would not start it.</exception>
    internal static async Task<ChildProcess> StartAsync(
        ChildCommand command, ChildLauncher launcher, TimeSpan exitGrace, TimeProvider time, Scrubber scrubber, Action<PtMessage> onMessage)
    {
        StartedProcess process = command.Library is { InProcess: true } library
            ? launcher.Libraries.Start(library, command.Environment)
            : await launcher.StartAsync(command).ConfigureAwait(false);
        return new(process, launcher, exitGrace, command.HeedsStdin, time, scrubber, onMessage);
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
        _draining.Dispose();
        _gone.Dispose();
    }

    /// <summary>Kills a child that hangs, without the graceful steps. The supervisor treats this end as a crash.</summary>
    internal void KillHung()
    {
        if (!_life.IsCompleted) // otherwise its id may belong to another process by now
        {
            _hung = true;
            Send(Signals.Kill);
        }
    }

    /// <summary>
    /// Asks it to accept no more and to end with its last connection (SIGINT, L7). Some programs end at once (L8).
    /// </summary>
    internal void StopAccepting()
    {
        if (!_life.IsCompleted) // as above
        {
            Send(Signals.Interrupt);
        }
    }

    private void Send(int signal)
    {
        if (_process.OwnSignal is { } own)
        {
            own(signal);
        }
        else
        {
            _launcher.Signal(_process, signal);
        }
    }

    private async Task StopOnceAsync()
    {
        await Task.Yield();
        _process.Input.Dispose();
        if (_heedsStdin && await EndsWithinGraceAsync().ConfigureAwait(false))
        {
            return;
        }

        Send(Signals.Terminate);
        if (await EndsWithinGraceAsync().ConfigureAwait(false))
        {
            return;
        }

        WasKilled = true;
        Send(Signals.Kill);
        await _life.ConfigureAwait(false);
    }

    private async Task<bool> EndsWithinGraceAsync()
    {
        await _life.WaitAsync(_exitGrace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _life.IsCompleted;
    }

    private async Task LiveAsync(Action<PtMessage> onMessage)
    {
        Task output = ReadLinesAsync(_process.Output, (line, truncated) => Hear(line, MessageOf(line, truncated), onMessage), keepRest: false);
        Task errors = ReadLinesAsync(_process.Errors, (line, _) => Words.Add(line), keepRest: true);
        SafeText end = TextOf(await _process.Ended.ConfigureAwait(false));
        ExitText = _hung ? $"{end}, by Plait, because it hung" : end; // stored now, because it is read after this is disposed too
        _died.SetResult();
        _process.Input.Dispose();
        Task drained = Task.WhenAll(output, errors);
        await drained.WaitAsync(s_drainAfterExit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _draining.CancelAsync().ConfigureAwait(false);
        await _gone.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>A status of waitpid(2), in words.</summary>
    private static SafeText TextOf(int? status) => status switch
    {
        null => $"an unknown exit code",
        LibraryThreads.GivenUp => $"a call that does not return",
        { } ended when (ended & 0x7f) != 0 => $"signal {ended & 0x7f}",
        { } ended => $"exit code {(ended >> 8) & 0xff}",
    };

    private async Task ReadLinesAsync(SafeFileHandle pipe, Action<string, bool> onLine, bool keepRest)
    {
        await Task.Yield();
        using var stream = new WatchedPipe(pipe, _launcher.Pollers);
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
            // The child is gone and another process holds its stream.
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

    /// <summary>A line that was cut at the limit is not parsed (M4).</summary>
    private static PtMessage MessageOf(string line, bool truncated) => PtMessage.Parse(line) switch
    {
        UnknownMessage unknown => unknown,
        _ when truncated => new MalformedMessage(line.Split(' ', 2)[0], "the line is too long"),
        var message => message,
    };

    private void Hear(string line, PtMessage message, Action<PtMessage> onMessage)
    {
        if (message is UnknownMessage)
        {
            Words.AddPrinted(line);
        }

        Words.Add(message);
        onMessage(message);
    }
}
