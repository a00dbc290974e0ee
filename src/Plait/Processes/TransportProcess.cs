using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Processes;

/// <summary>
/// Keeps a child running: starts it, and starts it again with growing pauses after a failed start or an unrequested end (G8, L23). Callers
/// read <see cref="Running"/> each time they need it; the listeners that face tor and the network do not move.
/// </summary>
/// <remarks>
/// <see cref="RestartHistory"/> decides pauses and crash loops. A pause has up to a quarter of jitter, so that several children that failed
/// for one cause do not restart in step. A crash loop is reported once when it begins and once when it is over. A failed first start is
/// reported with the chains that need it, which know whether it is retried; one that cannot pass is not retried.
/// </remarks>
internal sealed partial class TransportProcess : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<LaunchedTransports>> _launch;
    private readonly RestartHistory _history;
    private readonly TimeSpan _longestPause;
    private readonly TimeSpan _exitGrace;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ChildReporter? _reporter;
    private readonly Scrubber _scrubber;
    private readonly CancellationTokenSource _stopping = new();
    private volatile LaunchedTransports? _running;
    private volatile ProcessDown? _down = new(ChainStage.Launch, FailureCause.Exited, $"it has not been started");
    private Task _supervision = Task.CompletedTask;
    private volatile bool _last;
    private SafeText? _reportedFailure;
    private Task? _first;
    private volatile bool _isAwaited = true; // by a start of Plait

    /// <param name="name">How messages call it: the program's file name.</param>
    /// <param name="launch">One start, from command to methods. Throws <see cref="LaunchException"/>.</param>
    /// <param name="limits">Restart pauses.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Receives messages about its life.</param>
    /// <param name="reporter">Reports its life to the observer.</param>
    /// <param name="scrubber">For the text of an unforeseen error.</param>
    internal TransportProcess(
        SafeText name,
        Func<CancellationToken, Task<LaunchedTransports>> launch,
        Limits limits,
        TimeProvider time,
        ILogger logger,
        ChildReporter? reporter = null,
        Scrubber? scrubber = null)
    {
        Name = name;
        _launch = launch;
        _history = new(limits);
        _longestPause = limits.RestartDelayMax;
        _exitGrace = limits.ExitGrace;
        _time = time;
        _logger = logger;
        _reporter = reporter;
        _scrubber = scrubber ?? new();
    }

    /// <summary>How messages call it.</summary>
    internal SafeText Name { get; }

    /// <summary>The running child, or null while it is down.</summary>
    internal LaunchedTransports? Running => _running;

    /// <summary>Why it is down; null while it runs.</summary>
    internal ProcessDown? Down => _down;

    /// <summary>Why it cannot serve a transport at this moment, or null.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="running">The child that serves it; null if there is none.</param>
    internal ProcessDown? Obstacle(string transport, out LaunchedTransports? running)
    {
        running = _running;
        return running is null ? _down ?? new(ChainStage.Launch, FailureCause.Exited, $"{Name} is not running")
            : running.Methods.ContainsKey(transport) ? null
            : running.Refused.GetValueOrDefault(transport)
                ?? new(ChainStage.Negotiation, FailureCause.ArgumentWrong, $"{Name} was not asked for {SafeText.Name(transport)}");
    }

    /// <summary>Starts that succeeded since the first attempt.</summary>
    internal int Restarts { get; private set; }

    /// <summary>Raised each time it has begun to run.</summary>
    internal event Action? CameUp;

    /// <summary>Raised each time its child has ended.</summary>
    internal event Action? WentDown;

    /// <summary>
    /// The first attempt. Completes when it has succeeded or failed, see <see cref="Down"/>; further ones are made in the
    /// background, unless it cannot pass.
    /// </summary>
    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        _down = new(ChainStage.Negotiation, FailureCause.TimedOut, $"{Name} has not finished its start yet")
        {
            Advice = $"wait for it; StartTimeout in the plaitrc is the limit",
            IsUnderWay = true,
        };
        Task<LaunchedTransports?> first = TryLaunchAsync(cancellationToken);
        _first = first;
        _supervision = SuperviseAsync(first, cancellationToken); // set at once: DisposeAsync waits for the first attempt too
        await first.ConfigureAwait(false);
    }

    /// <summary>Plait's start stops waiting for it. A first attempt that has not ended is then reported and retried as later ones are.</summary>
    internal void IsNoLongerAwaited() => _isAwaited = _first is { IsCompleted: true };

    /// <summary>Makes the child accept no more and end with its last connection; no other takes its place (L7).</summary>
    internal void StopAccepting()
    {
        _last = true;
        _running?.Process.StopAccepting();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _supervision.ConfigureAwait(false);
    }

    private async Task SuperviseAsync(Task<LaunchedTransports?> first, CancellationToken givenUp)
    {
        await ((Task)first).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        bool awaited = _isAwaited;
        LaunchedTransports? launched = first.IsCompletedSuccessfully ? await first.ConfigureAwait(false) : null;
        if (awaited && launched is null && (!first.IsCompletedSuccessfully || !Down!.MayPass || givenUp.IsCancellationRequested))
        {
            return; // its caller has the exception, or reports what cannot pass
        }

        if (first.Exception is { InnerException: { } unforeseen })
        {
            Unforeseen(unforeseen);
        }

        if (launched is not null)
        {
            ReportFirst(launched, awaited);
        }

        bool reportedByOthers = awaited && launched is null;
        while (await EndAsync(launched, reportedByOthers).ConfigureAwait(false) is { } pause)
        {
            if (!await PauseAsync(pause).ConfigureAwait(false) || _last)
            {
                return;
            }

            bool again = launched is not null || Restarts > 0;
            reportedByOthers = false;
            launched = await LaunchAgainAsync().ConfigureAwait(false);
            if (launched is not null)
            {
                ReportStart(launched, again);
                Restarts++;
                _reportedFailure = null;
            }
        }
    }

    /// <summary>Waits until the child has ended, and reports its end, or that the attempt to start it failed.</summary>
    /// <param name="launched">The child; null if the attempt failed.</param>
    /// <param name="reported">Whether that failure is reported already.</param>
    /// <returns>How long to wait before the next start; null if there is none.</returns>
    private async Task<TimeSpan?> EndAsync(LaunchedTransports? launched, bool reported)
    {
        SafeText? end = launched is null ? null : await LiveAsync(launched).ConfigureAwait(false);
        if (_stopping.IsCancellationRequested)
        {
            if (launched is { Process: { WasKilled: true } killed })
            {
                _reporter?.Killed(_logger, killed, _exitGrace);
            }

            return null;
        }

        if (_last)
        {
            return null;
        }

        TimeSpan pause = _history.Ended();
        ReportEnd(end, pause, reported);
        if (launched is null)
        {
            _reporter?.StartFailed(Down!);
        }
        else
        {
            _reporter?.Exited(launched.Process, pause);
        }

        return pause;
    }

    /// <summary>The boundary of supervision: an unforeseen error fails one attempt, and the next one is made.</summary>
    private async Task<LaunchedTransports?> LaunchAgainAsync()
    {
        try
        {
            return await TryLaunchAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Unforeseen(e);
            return null;
        }
    }

    /// <summary>Waits until the child has ended, and releases what it used.</summary>
    /// <returns>How it ended.</returns>
    private async Task<SafeText> LiveAsync(LaunchedTransports launched)
    {
        ChildProcess child = launched.Process;
        // Registered here, because a child may become ready at the very moment at which Plait stops.
        using (_stopping.Token.Register(process => ((ChildProcess)process!).StopAsync(), child))
        {
            try
            {
                await GrowOldAsync(child.Died).ConfigureAwait(false); // it is down at once; its last output is read meanwhile
            }
            catch (Exception e) // thrown by a callback of its end, for instance: the restart goes on
            {
                Unforeseen(e);
            }
        }

        SafeText end = child.ExitText;
        _down = new(ChainStage.Launch, FailureCause.Exited, $"{Name} ended with {end} and is being restarted");
        _running = null;
        WentDown?.Invoke();
        await child.DisposeAsync().ConfigureAwait(false);
        return end;
    }

    /// <summary>Waits for the end; a child that had ended before is watched until it is calm.</summary>
    private async Task GrowOldAsync(Task exited)
    {
        if (_history.Ends > 0 && await OutlivesAsync(exited, RestartHistory.Steady).ConfigureAwait(false))
        {
            _history.BecameSteady();
            if (await OutlivesAsync(exited, RestartHistory.Calm - RestartHistory.Steady).ConfigureAwait(false))
            {
                if (_history.InLoop)
                {
                    ProcessLog.LoopOver(_logger, Name, _history.Ends);
                }

                _history.BecameCalm();
            }
        }

        await exited.ConfigureAwait(false);
    }

    private async Task<bool> OutlivesAsync(Task exited, TimeSpan age)
    {
        await exited.WaitAsync(age, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !exited.IsCompleted;
    }

    private async Task<LaunchedTransports?> TryLaunchAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        try
        {
            LaunchedTransports launched = await _launch(either.Token).ConfigureAwait(false);
            _running = launched;
            if (_last)
            {
                launched.Process.StopAccepting(); // StopAccepting came while it was being started
            }

            _down = null;
            ReportUp();
            return launched;
        }
        catch (LaunchException e)
        {
            _down = e.Down;
        }
        catch (OperationCanceledException)
        {
            _down = new(ChainStage.Launch, FailureCause.Canceled, $"Plait is stopping");
        }

        return null;
    }

    private async Task<bool> PauseAsync(TimeSpan pause)
    {
        TimeSpan jittered = pause * (1 + (Random.Shared.NextDouble() / 4));
        await Task.Delay(jittered, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_stopping.IsCancellationRequested;
    }
}
