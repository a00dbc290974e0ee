using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Diagnostics;

namespace Plait.Processes;

/// <summary>Why a transport process cannot be used at the moment.</summary>
internal sealed record ProcessDown(ChainStage Stage, FailureCause Cause, SafeText Text);

/// <summary>
/// A child that is wanted: started, and started again with growing pauses whenever it ends unasked (G8, L23). Its users
/// ask for <see cref="Running"/> each time they need it; the listeners that face tor and the network do not move.
/// </summary>
/// <remarks>
/// Its life: the first start decides whether the chains that need it are announced at all, so a first start that fails
/// is not repeated. After that the child is restarted for as long as this object lives: after
/// <see cref="Limits.RestartDelayMin"/>, doubled each time up to <see cref="Limits.RestartDelayMax"/>, with up to a
/// quarter of jitter; a child that had lived for <see cref="Steady"/> begins again at the shortest pause.
/// </remarks>
internal sealed class TransportProcess : IAsyncDisposable
{
    /// <summary>A child that lived as long as this did not die of its start.</summary>
    internal static readonly TimeSpan Steady = TimeSpan.FromSeconds(3);

    private readonly Func<CancellationToken, Task<LaunchedTransports>> _launch;
    private readonly Limits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ChildReporter? _reporter;
    private readonly CancellationTokenSource _stopping = new();
    private Task _supervision = Task.CompletedTask;

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
        _limits = limits;
        _time = time;
        _logger = logger;
        _reporter = reporter;
    }

    /// <summary>How messages call it.</summary>
    internal SafeText Name { get; }

    /// <summary>The running child, or null while it is down.</summary>
    internal LaunchedTransports? Running { get; private set; }

    /// <summary>Why it is down; null while it runs.</summary>
    internal ProcessDown? Down { get; private set; } =
        new(ChainStage.Launch, FailureCause.Exited, $"it has not been started");

    /// <summary>Starts since the first one.</summary>
    internal int Restarts { get; private set; }

    /// <summary>The first start. Completes when it has succeeded or failed; see <see cref="Down"/>.</summary>
    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await TryLaunchAsync(cancellationToken).ConfigureAwait(false) is { } launched)
        {
            _reporter?.Started(launched.Process);
            _supervision = SuperviseAsync(launched);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _supervision.ConfigureAwait(false);
    }

    private async Task SuperviseAsync(LaunchedTransports launched)
    {
        TimeSpan pause = _limits.RestartDelayMin;
        while (true)
        {
            long started = _time.GetTimestamp();
            // Registered here, for a child may become ready at the very moment at which Plait stops.
            using (_stopping.Token.Register(process => ((ChildProcess)process!).StopAsync(), launched.Process))
            {
                await launched.Process.Exited.ConfigureAwait(false);
            }

            SafeText end = launched.Process.ExitText;
            Running = null;
            Down = new(ChainStage.Launch, FailureCause.Exited, $"{Name} ended with {end} and is being restarted");
            await launched.Process.DisposeAsync().ConfigureAwait(false);
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            if (_time.GetElapsedTime(started) >= Steady)
            {
                pause = _limits.RestartDelayMin;
            }

            ProcessLog.Restarting(_logger, Name, end, pause.TotalSeconds);
            _reporter?.Exited(launched.Process, pause);
            LaunchedTransports? next;
            do
            {
                if (!await PauseAsync(pause).ConfigureAwait(false))
                {
                    return;
                }

                pause = Shorter(pause * 2, _limits.RestartDelayMax);
                next = await TryLaunchAsync(_stopping.Token).ConfigureAwait(false);
                if (next is null && !_stopping.IsCancellationRequested)
                {
                    ProcessLog.LaunchFailed(_logger, Name, Down!.Text);
                    _reporter?.StartFailed(Down);
                }
            }
            while (next is null);
            launched = next;
            Restarts++;
            ProcessLog.Restarted(_logger, Name);
            _reporter?.Restarted(launched.Process, Restarts);
        }
    }

    private async Task<LaunchedTransports?> TryLaunchAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        try
        {
            LaunchedTransports launched = await _launch(either.Token).ConfigureAwait(false);
            Down = null;
            Running = launched;
            return launched;
        }
        catch (LaunchException e)
        {
            Down = new(e.Stage, e.Cause, e.Text);
        }
        catch (OperationCanceledException)
        {
            Down = new(ChainStage.Launch, FailureCause.Canceled, $"Plait is stopping");
        }

        return null;
    }

    private async Task<bool> PauseAsync(TimeSpan pause)
    {
        TimeSpan jittered = pause * (1 + (Random.Shared.NextDouble() / 4)); // several children of one cause do not march in step
        await Task.Delay(jittered, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_stopping.IsCancellationRequested;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
