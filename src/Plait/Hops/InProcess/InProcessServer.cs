using Plait.Chains;
using Plait.Chains.Server;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Transports;
using Plait.Transports.Foreign;
using Plait.Wire.Arguments;

namespace Plait.Hops.InProcess;

/// <summary>One place of a bridge's chain that a transport inside Plait fills. The transport is prepared once, at the start.</summary>
/// <param name="name">The transport's name in the chain.</param>
/// <param name="transport">The transport.</param>
/// <param name="options">The options of the place.</param>
/// <param name="state">Its state directory; null for a transport that keeps none.</param>
/// <param name="services">What everything shares.</param>
internal sealed class InProcessServer(string name, IServerTransport transport, PtArguments options, StateFolder? state, HostServices services)
    : IServerPlugin
{
    private static readonly ProcessDown s_ended = new(ChainStage.Launch, FailureCause.Canceled, $"Plait is stopping") { MayPass = false };

    private static readonly ProcessDown s_underWay = new(
        ChainStage.Launch, FailureCause.TimedOut, $"the transport is still preparing its state") { IsUnderWay = true };

    private readonly CancellationTokenSource _stopping = new();
    private readonly LiveTasks _handshakes = new();
    private Task _start = Task.CompletedTask;
    private volatile IPreparedServer? _prepared;
    private volatile ProcessDown? _down = s_underWay;

    /// <summary>Why it cannot serve, or null.</summary>
    internal ProcessDown? Down => _down;

    /// <summary>What accepts the connections; null while it is down.</summary>
    internal IPreparedServer? Prepared => _prepared;

    /// <summary>The options of the place.</summary>
    internal PtArguments Options => options;

    /// <summary>Handshakes that have not ended: what was prepared is disposed only after them.</summary>
    internal LiveTasks Handshakes => _handshakes;

    /// <inheritdoc/>
    public IEnumerable<TransportProcess> Processes => [];

    /// <inheritdoc/>
    public Task StartAsync() => _start = Task.Run(PrepareAsync);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _start.ConfigureAwait(false);
        IPreparedServer? prepared = _prepared;
        _down ??= s_ended;
        _prepared = null; // before the wait: what comes late must not meet a server without its keys
        await _handshakes.WhenEmptyAsync().ConfigureAwait(false);
        prepared?.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Its failures are in <see cref="Down"/>: only its own chain fails.</summary>
    private async Task PrepareAsync()
    {
        SafeText shown = SafeText.Name(name);
        services.Scrubber.Learn(options);
        using var limit = new TimeLimit(services.Time, services.Limits.StartTimeout, _stopping.Token);
        try
        {
            state?.Make(shown);
            var context = new ServerTransportContext { Options = options, StateDirectory = state?.Path, Time = services.Time };
            IPreparedServer prepared = await PreparedAsync(context, limit.Token).ConfigureAwait(false);
            services.Scrubber.Learn(prepared.ClientArguments); // only its clients may know them
            _prepared = prepared;
            _down = null;
        }
        catch (LaunchException e)
        {
            _down = e.Down with { MayPass = false };
        }
        catch (TransportException e)
        {
            _down = new(ChainStage.Launch, e.Failure, e.Detail) { MayPass = false, Advice = e.Advice };
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            ProcessDown down = state is null
                ? new(ChainStage.Launch, FailureCause.NotPermitted, SafeText.Own(e.Message))
                : StateTrouble.NotMade(shown, state.Path, e).Down;
            _down = down with { MayPass = false };
        }
        catch (OperationCanceledException)
        {
            _down = new(ChainStage.Launch, _stopping.IsCancellationRequested ? FailureCause.Canceled : FailureCause.TimedOut,
                $"the transport was not prepared within {services.Limits.StartTimeout.TotalSeconds:0.#} s") { MayPass = false };
        }
        catch (Exception e) // of the transport's own code: its chain fails, and Plait still disposes the rest
        {
            TransportException thrown = ForeignFailure.Of(e, $"its preparation");
            _down = new(ChainStage.Launch, thrown.Failure, thrown.Detail) { MayPass = false, Advice = thrown.Advice };
        }
    }

    /// <summary>Waits for the transport. One that completes after its limit is not used any more, and disposed.</summary>
    private async Task<IPreparedServer> PreparedAsync(ServerTransportContext context, CancellationToken limit)
    {
        Task<IPreparedServer> preparation = transport.PrepareAsync(context, limit).AsTask();
        try
        {
            return await preparation.WaitAsync(limit).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!preparation.IsCanceled)
        {
            _ = DisposeLateAsync(preparation);
            throw;
        }
    }

    private static async Task DisposeLateAsync(Task<IPreparedServer> preparation)
    {
        await ((Task)preparation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (preparation.IsCompletedSuccessfully)
        {
            preparation.Result.Dispose();
        }
    }
}
