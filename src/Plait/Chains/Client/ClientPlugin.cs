using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.Chains.Client;

/// <summary>
/// One plugin line on the client: normally one process for all of its transports, chains and positions.
/// The start of the program shows which joint it can be part of.
/// </summary>
/// <remarks>
/// Each start tries the program with a proxy joint first. A program that answers PROXY DONE keeps it: Plait then makes its outside
/// connection, at the wire too. Any other program is started anew with shims. Then only its wire position gets tor's
/// upstream proxy and bind addresses (C20), which takes a second process if it has inner positions as well. The first start
/// that succeeds decides for good, whenever that is: a program that was missing may turn out to be either. A program that
/// has to use the upstream proxy and does not is not used at the wire (G3, C21). A program that dials the network itself at
/// the wire has a process of its own there, started as one with shims is.
/// </remarks>
internal sealed class ClientPlugin : IClientPlugin
{
    private readonly PluginLine _line;
    private readonly ClientJointChoice _choice;
    private readonly OutsideSettings _outside;
    private readonly HostServices _services;
    private readonly ClientJoint? _joint;
    private readonly TransportProcess _process;
    private readonly TransportProcess? _wire;
    private readonly LiveTasks _background = new();
    private volatile ClientJointChoice _decided;
    private long _startedAt;
    private int _wireStarted;

    /// <param name="plan">Its line, its joint and its positions. At the wire alone, a shim means that it dials the network itself.</param>
    /// <param name="newJoint">Makes the proxy joint of its process, if the program takes a proxy.</param>
    /// <param name="directories">State directories: the first for the one process, or for the inner positions and then the wire.</param>
    /// <param name="outside">How tor wants outside connections to be made.</param>
    /// <param name="services">Shared by all parts.</param>
    internal ClientPlugin(
        ClientProcessPlan plan,
        Func<SafeText, ClientJoint> newJoint,
        IReadOnlyList<StateFolder> directories,
        OutsideSettings outside,
        HostServices services)
    {
        _line = plan.Line;
        _choice = plan.Choice;
        _outside = outside;
        _services = services;
        Name = SafeText.Name(Path.GetFileName(_line.Program));
        Grants = new(Name, services.Observer, services.Logger);
        _decided = _choice == ClientJointChoice.Shim ? ClientJointChoice.Shim : ClientJointChoice.Automatic;
        _joint = _choice == ClientJointChoice.Shim ? null : newJoint(Name);
        IReadOnlyList<ClientPosition> positions = plan.Positions;
        bool two = NeedsTwo(positions, outside);
        bool hasWire = positions.Any(position => position.Wire);
        _process = Process(positions, token => LaunchEitherWayAsync(
            directories[0],
            Transports(positions),
            Transports(positions.Where(position => !(two && position.Wire))),
            hasWire && !two ? outside : OutsideSettings.None,
            token));
        if (two)
        {
            ClientPosition[] atWire = [.. positions.Where(position => position.Wire)];
            _wire = Process(atWire, token => LaunchAsync(directories[^1], Transports(atWire), outside, StartedAt(), token));
        }
    }

    /// <summary>How messages call it.</summary>
    internal SafeText Name { get; }

    /// <summary>The proxy joint of its process; null if shims join it.</summary>
    internal ClientJoint? Joint => _decided == ClientJointChoice.Shim ? null : _joint;

    /// <summary>How far the grants of its transports were found to be verified.</summary>
    internal ObservedGrants Grants { get; }

    /// <inheritdoc/>
    public IEnumerable<TransportProcess> Processes => WireApart ? [_process, _wire!] : [_process];

    /// <inheritdoc/>
    public IEnumerable<ClientJoint> Joints => Joint is { } joint ? [joint] : [];

    private bool WireApart => _wire is not null && _decided == ClientJointChoice.Shim;

    /// <summary>Whether both kinds of position, with settings that differ, need a process of their own once shims join it.</summary>
    internal static bool NeedsTwo(IReadOnlyList<ClientPosition> positions, OutsideSettings outside) =>
        outside.Any && positions.Any(position => position.Wire) && positions.Any(position => !position.Wire);

    /// <summary>Whether tor wants outside connections to go through a proxy.</summary>
    internal bool HasUpstreamProxy => _outside.Proxy is not null;

    /// <inheritdoc/>
    public ClientHop HopOf(TransportDeclaration transport) => new ManagedClientHop(this, transport.Name, _outside.Demand.RefusalOf(transport));

    /// <summary>The process that serves a position.</summary>
    internal TransportProcess ProcessFor(bool wire) => wire && WireApart ? _wire! : _process;

    /// <inheritdoc/>
    public Task StartAsync()
    {
        Task start = StartBothAsync();
        _background.Add(start);
        return start;
    }

    public async ValueTask DisposeAsync()
    {
        // Both at the same time: each may need both graces. A start in progress is canceled.
        await Task.WhenAll(_process.DisposeAsync().AsTask(), _wire?.DisposeAsync().AsTask() ?? Task.CompletedTask).ConfigureAwait(false);
        await _background.WhenEmptyAsync().ConfigureAwait(false);

        if (_joint is not null)
        {
            await _joint.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task StartBothAsync()
    {
        _startedAt = _services.Time.GetTimestamp();
        await Task.WhenAll(_process.StartAsync(CancellationToken.None), StartWireAsync()).ConfigureAwait(false);
        if (_wire is not null)
        {
            _process.CameUp += () => _background.Add(StartWireAsync()); // only then may the joint be decided
            await StartWireAsync().ConfigureAwait(false);
        }

        _startedAt = 0; // later starts have the whole time
    }

    /// <summary>Starts the wire's own process, once, if there is to be one.</summary>
    private Task StartWireAsync() =>
        WireApart && Interlocked.Exchange(ref _wireStarted, 1) == 0 ? _wire!.StartAsync(CancellationToken.None) : Task.CompletedTask;

    private TransportProcess Process(
        IReadOnlyList<ClientPosition> positions, Func<CancellationToken, Task<LaunchedTransports>> launch) => new(
        Name, launch, _services.Limits, _services.Time, _services.Logger,
        new(_services.Observer, new(Name.ToString(), [.. positions.Select(position => position.Position)])), _services.Scrubber);

    private static string[] Transports(IEnumerable<ClientPosition> positions) =>
        [.. positions.Select(position => position.Position.Transport).Distinct()];

    private async Task<LaunchedTransports> LaunchEitherWayAsync(
        StateFolder directory, string[] behindProxy, string[] behindShims, OutsideSettings outside, CancellationToken cancellationToken)
    {
        long started = StartedAt();
        SafeText takesNoProxy = SafeText.Empty;
        if (_decided != ClientJointChoice.Shim)
        {
            try
            {
                LaunchedTransports accepted = await LaunchAsync(
                    directory, behindProxy, OutsideSettings.None with { Proxy = _joint!.Proxy }, started, cancellationToken).ConfigureAwait(false);
                _decided = ClientJointChoice.Proxy;
                return accepted;
            }
            // Programs on goptlib end without a line where others write PROXY-ERROR (E23b). Other failures have other causes.
            catch (LaunchException e) when (_decided == ClientJointChoice.Automatic && _choice != ClientJointChoice.Proxy
                && e.Cause is (FailureCause.ProxyRefused or FailureCause.Exited))
            {
                takesNoProxy = e.Down.Text;
            }
            catch (LaunchException e) when (e.Cause == FailureCause.ProxyRefused && _choice == ClientJointChoice.Proxy && _outside.Proxy is null)
            {
                throw new LaunchException(e.Down with { Advice = $"remove its line ClientTransportJoint from the plaitrc: this program takes no proxy" }, e);
            }
        }

        LaunchedTransports launched =
            await LaunchAsync(directory, behindShims, outside, started, cancellationToken).ConfigureAwait(false);
        if (_decided == ClientJointChoice.Automatic)
        {
            _decided = ClientJointChoice.Shim;
            ProcessLog.TakesNoProxy(_services.Logger, Name, takesNoProxy);
            await _joint!.DisposeAsync().ConfigureAwait(false);
        }

        return launched;
    }

    private async Task<LaunchedTransports> LaunchAsync(
        StateFolder directory, string[] transports, OutsideSettings outside, long started, CancellationToken cancellationToken)
    {
        ChildCommand command = PluginCommand.Of(_line, _services.LibraryHost, _services.IsolatesLibraries);
        directory.Make(Name);
        _services.Scrubber.Learn(outside.Proxy);
        Dictionary<string, string> environment = ChildEnvironment.ForClient(_services.Environment, new()
        {
            Transports = transports,
            StateLocation = directory.Path,
            ExitOnStdinClose = true,
            Proxy = outside.Proxy,
            OutboundBindAddressV4 = outside.BindV4,
            OutboundBindAddressV6 = outside.BindV6,
        });
        LaunchedTransports launched = await _services.Launcher.LaunchAsync(
            new(Name, PtRole.Client, transports, command with { Environment = environment }) { StateFolder = directory.Path }, TimeLeft(started), cancellationToken).ConfigureAwait(false);
        if (outside.Proxy is not null && !launched.ProxyAccepted) // M17
        {
            await launched.Process.DisposeAsync().ConfigureAwait(false);
            throw new LaunchException(ChainStage.Negotiation, FailureCause.ProxyRefused, $"{Name} takes no notice of TOR_PT_PROXY");
        }

        return launched;
    }

    /// <summary>When the start in progress began: all attempts of the first one have one limit together (M31).</summary>
    private long StartedAt() => _startedAt == 0 ? _services.Time.GetTimestamp() : _startedAt;

    private TimeSpan TimeLeft(long started)
    {
        TimeSpan left = _services.Limits.StartTimeout - _services.Time.GetElapsedTime(started);
        return left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
    }
}
