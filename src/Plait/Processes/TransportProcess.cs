using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Diagnostics;

namespace Plait.Processes;

/// <summary>Why a transport process cannot be used at the moment.</summary>
internal sealed record ProcessDown(ChainStage Stage, FailureCause Cause, SafeText Text)
{
    /// <summary>
    /// Whether it may pass while Plait runs: a program is installed, a file repaired. A program that takes no proxy will not
    /// take one at its next start either, and tor starts Plait anew when the proxy is another (L12).
    /// </summary>
    internal bool MayPass { get; init; } = Cause != FailureCause.ProxyRefused;
}

/// <summary>
/// A child that is wanted: started, and started again with growing pauses whenever it could not be or has ended unasked
/// (G8, L23). Its users ask for <see cref="Running"/> each time they need it; the listeners that face tor and the network do
/// not move.
/// </summary>
/// <remarks>
/// Pauses and what is a crash loop: <see cref="RestartHistory"/>. A pause has up to a quarter of jitter, so that several
/// children of one cause do not march in step. A crash loop is told once when it begins and once when it is over. A first
/// start that failed for what cannot pass is not repeated.
/// </remarks>
internal sealed class TransportProcess : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<LaunchedTransports>> _launch;
    private readonly RestartHistory _history;
    private readonly TimeSpan _longestPause;
    private readonly TimeSpan _exitGrace;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ChildReporter? _reporter;
    private readonly CancellationTokenSource _stopping = new();
    private volatile LaunchedTransports? _running;
    private volatile ProcessDown? _down = new(ChainStage.Launch, FailureCause.Exited, $"it has not been started");
    private Task _supervision = Task.CompletedTask;
    private SafeText? _toldFailure;

    /// <param name="name">How messages call it: the program's file name.</param>
    /// <param name="launch">One start, from command to methods. Throws <see cref="LaunchException"/>.</param>
    /// <param name="limits">Restart pauses.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where its life is told.</param>
    /// <param name="reporter">Tells its life to the observer, if there is one.</param>
    internal TransportProcess(
        SafeText name,
        Func<CancellationToken, Task<LaunchedTransports>> launch,
        Limits limits,
        TimeProvider time,
        ILogger logger,
        ChildReporter? reporter = null)
    {
        Name = name;
        _launch = launch;
        _history = new(limits);
        _longestPause = limits.RestartDelayMax;
        _exitGrace = limits.ExitGrace;
        _time = time;
        _logger = logger;
        _reporter = reporter;
    }

    /// <summary>How messages call it.</summary>
    internal SafeText Name { get; }

    /// <summary>The running child, or null while it is down.</summary>
    internal LaunchedTransports? Running => _running;

    /// <summary>Why it is down; null while it runs.</summary>
    internal ProcessDown? Down => _down;

    /// <summary>Starts that succeeded since the first attempt.</summary>
    internal int Restarts { get; private set; }

    /// <summary>Told each time it has begun to run.</summary>
    internal event Action? CameUp;

    /// <summary>
    /// The first attempt. Completes when it has succeeded or failed, see <see cref="Down"/>; further ones are made in the
    /// background, unless it cannot pass.
    /// </summary>
    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        Task<LaunchedTransports?> first = TryLaunchAsync(cancellationToken);
        _supervision = SuperviseAsync(first, cancellationToken); // at once: whoever stops it waits for the first attempt too
        await first.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _supervision.ConfigureAwait(false);
    }

    private async Task SuperviseAsync(Task<LaunchedTransports?> first, CancellationToken givenUp)
    {
        await ((Task)first).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        LaunchedTransports? launched = first.IsCompletedSuccessfully ? await first.ConfigureAwait(false) : null;
        if (launched is null && (!first.IsCompletedSuccessfully || !Down!.MayPass || givenUp.IsCancellationRequested))
        {
            return;
        }

        if (launched is not null)
        {
            _reporter?.Started(launched.Process);
        }

        while (true)
        {
            SafeText? end = launched is null ? null : await LiveAsync(launched).ConfigureAwait(false);
            if (_stopping.IsCancellationRequested)
            {
                if (launched is { Process.WasKilled: true })
                {
                    _reporter?.Killed(_logger, _exitGrace);
                }

                return;
            }

            TimeSpan pause = _history.Ended();
            TellEnd(end, pause);
            if (launched is null)
            {
                _reporter?.StartFailed(Down!);
            }
            else
            {
                _reporter?.Exited(launched.Process, pause);
            }

            if (!await PauseAsync(pause).ConfigureAwait(false))
            {
                return;
            }

            launched = await TryLaunchAsync(_stopping.Token).ConfigureAwait(false);
            if (launched is not null)
            {
                TellStart(launched, again: end is not null || Restarts > 0);
                Restarts++;
                _toldFailure = null;
            }
        }
    }

    /// <summary>Waits until the child has ended, and clears up behind it.</summary>
    /// <returns>How it ended.</returns>
    private async Task<SafeText> LiveAsync(LaunchedTransports launched)
    {
        ChildProcess child = launched.Process;
        // Registered here, for a child may become ready at the very moment at which Plait stops.
        using (_stopping.Token.Register(process => ((ChildProcess)process!).StopAsync(), child))
        {
            await GrowOldAsync(child.Exited).ConfigureAwait(false);
        }

        SafeText end = child.ExitText;
        _down = new(ChainStage.Launch, FailureCause.Exited, $"{Name} ended with {end} and is being restarted");
        _running = null;
        await child.DisposeAsync().ConfigureAwait(false);
        return end;
    }

    /// <summary>Waits for the end; one that had ended before is watched until it is calm.</summary>
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
            _down = null;
            CameUp?.Invoke();
            return launched;
        }
        catch (LaunchException e)
        {
            _down = new(e.Stage, e.Cause, e.Text);
        }
        catch (OperationCanceledException)
        {
            _down = new(ChainStage.Launch, FailureCause.Canceled, $"Plait is stopping");
        }

        return null;
    }

    /// <summary>An end, or (null) a start that failed. Silent but for debugging once it is known to be a crash loop.</summary>
    private void TellEnd(SafeText? end, TimeSpan pause)
    {
        if (_history.BeginsLoop)
        {
            ProcessLog.LoopBegins(
                _logger, Name, _history.Ends, end is null ? Down!.Text : SafeText.Of($"it ended with {end}"), _longestPause.TotalSeconds);
            return;
        }

        LogLevel level = _history.InLoop ? LogLevel.Debug : LogLevel.Warning;
        if (end is null)
        {
            SafeText why = Down!.Text;
            ProcessLog.LaunchFailed(_logger, why.Equals(_toldFailure) ? LogLevel.Debug : level, Name, why, pause.TotalSeconds);
            _toldFailure = why; // a program that is missing is as missing as it was
        }
        else
        {
            ProcessLog.Restarting(_logger, level, Name, end, pause.TotalSeconds);
        }
    }

    private void TellStart(LaunchedTransports launched, bool again)
    {
        LogLevel level = _history.InLoop ? LogLevel.Debug : LogLevel.Information;
        if (again)
        {
            ProcessLog.Restarted(_logger, level, Name);
            _reporter?.Restarted(launched.Process, Restarts + 1);
        }
        else
        {
            ProcessLog.StartedLate(_logger, level, Name);
            _reporter?.Started(launched.Process);
        }
    }

    private async Task<bool> PauseAsync(TimeSpan pause)
    {
        TimeSpan jittered = pause * (1 + (Random.Shared.NextDouble() / 4));
        await Task.Delay(jittered, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_stopping.IsCancellationRequested;
    }
}
