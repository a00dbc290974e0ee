using System.Collections.Concurrent;
using System.Net;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.Chains.Server;

/// <summary>
/// The starts of one server child: what it is given, where it listens from then on, and what its clients have to know.
/// </summary>
internal sealed class ServerLaunch
{
    private static readonly IPEndPoint s_anyLoopbackPort = new(IPAddress.Loopback, 0);

    private readonly SafeText _name;
    private readonly ServerProcessPlan _plan;
    private readonly StateFolder _state;
    private readonly ExtOrPortJoint? _extOrPort;
    private readonly OrPortJoint? _orPort;
    private readonly PublicAddresses _addresses;
    private readonly HostServices _services;
    private readonly PublishedArguments _published;
    private readonly ConcurrentDictionary<string, PtArguments> _announced = new();
    private readonly ConcurrentDictionary<string, IPEndPoint> _bound = new();
    private bool _settled; // where the network reaches it
    private bool _saidThatHangsAreNotSeen;

    internal ServerLaunch(
        SafeText name,
        ServerProcessPlan plan,
        StateFolder state,
        ExtOrPortJoint? extOrPort,
        OrPortJoint? orPort,
        PublicAddresses addresses,
        HostServices services)
    {
        (_name, _plan, _state, _extOrPort, _orPort, _addresses, _services) = (name, plan, state, extOrPort, orPort, addresses, services);
        _published = new(state.Path, services.Logger);
    }

    /// <summary>
    /// What the transport at the wire announced in an earlier run, listening where it is to listen now; that address itself if it is not known
    /// to have done so. Null if the port is open still.
    /// </summary>
    internal IPEndPoint? AnnouncedBefore => _plan.PublicAddress is not { } address ? null
        : _addresses.Announced(_plan.Positions[0].Chain, address) ?? (address.Port == 0 ? null : address);

    /// <summary>
    /// What clients of a transport have to put into their bridge line: what the child said at its last start with these options,
    /// in this run or before. Null if it has never run with them. What is returned counts as announced: it stays with tor.
    /// </summary>
    internal PtArguments? Announce(string transport)
    {
        PtArguments? known = _published.Find(transport, _plan.Options[transport]);
        return known is null ? null : _announced.GetOrAdd(transport, known);
    }

    /// <summary>Where a transport can be dialled: the address it was given, never the one it announces, with the port it chose (C8).</summary>
    internal IPEndPoint ListenerOf(TransportMethod method, string transport)
    {
        IPEndPoint bound = BoundAt(method, transport);
        IPAddress address = bound.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : bound.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : bound.Address;
        return new(address, bound.Port);
    }

    /// <summary>Where a transport listens, as the system has it: at all addresses, for example.</summary>
    internal IPEndPoint BoundAt(TransportMethod method, string transport) =>
        BindAddress(transport) is { Port: 0 } given ? new(given.Address, method.Address.Port) : BindAddress(transport);

    /// <summary>One start.</summary>
    /// <exception cref="LaunchException">It failed; no process is left.</exception>
    internal async Task<LaunchedTransports> RunAsync(CancellationToken cancellationToken)
    {
        if (!_settled)
        {
            _bound.Clear(); // a port that was chosen before may have been taken since
        }

        LaunchedTransports launched = await LaunchWithPortsAsync(cancellationToken).ConfigureAwait(false);
        Learn(launched.Methods.Values.Select(method => method.Arguments)); // what its clients need to know, and nobody else
        foreach ((string transport, TransportMethod method) in launched.Methods)
        {
            Publish(transport, method);
        }

        if (!_saidThatHangsAreNotSeen && launched.Methods.Any(method => AcceptQueue.Of(BoundAt(method.Value, method.Key)) is null))
        {
            _saidThatHangsAreNotSeen = true;
            ChainLog.HangsAreNotSeen(_services.Logger, _name);
        }

        return launched;
    }

    private IPEndPoint BindAddress(string transport) =>
        _bound.GetValueOrDefault(transport) ?? _plan.PublicAddress ?? _plan.BindAddresses.GetValueOrDefault(transport, s_anyLoopbackPort);

    private async Task<LaunchedTransports> LaunchAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        string program = ProgramFile.Find(_plan.Line.Program).Require();
        string? cookie = PrepareState();
        Learn(_plan.Options.Values);
        Dictionary<string, string> environment = ChildEnvironment.ForServer(_services.Environment, new()
        {
            Transports = _plan.Transports,
            StateLocation = _state.Path,
            ExitOnStdinClose = true,
            BindAddresses = _plan.Transports.ToDictionary(transport => transport, BindAddress),
            Options = _plan.Options,
            ExtendedServerPort = _extOrPort?.EndPoint,
            AuthCookieFile = cookie,
            OrPort = _orPort?.EndPoint,
        });
        return await _services.Launcher.LaunchAsync(
            new(_name, PtRole.Server, _plan.Transports, new(program, _plan.Line.Arguments, environment))
            {
                Listener = _plan.PublicAddress is null ? null : BindAddress(_plan.Transports[0]),
                StateFolder = _state.Path,
                OptionKeys = [.. _plan.Options.Values.SelectMany(options => options).Select(option => option.Key).Distinct()],
            },
            limit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Starts it; and once more, with ports that are chosen here, where a transport was to choose its own and cannot be used with that. Some
    /// refuse port 0 (snowflake and webtunnel's servers, R2). Some announce an address that they invented (webtunnel, R1): which port
    /// they chose cannot be known then, and what listens at the announced one could be anybody's.
    /// </summary>
    private async Task<LaunchedTransports> LaunchWithPortsAsync(CancellationToken cancellationToken)
    {
        long started = _services.Time.GetTimestamp(); // both attempts have one limit together (M31)
        try
        {
            LaunchedTransports launched = await LaunchAsync(_services.Limits.StartTimeout, cancellationToken).ConfigureAwait(false);
            if (!ChoosePorts(transport => !launched.Methods.TryGetValue(transport, out TransportMethod? method)
                || !IsThere(method.Address.Address, BindAddress(transport).Address)))
            {
                return launched;
            }

            await launched.Process.DisposeAsync().ConfigureAwait(false);
        }
        catch (LaunchException e) when (e.Stage == ChainStage.Negotiation && e.Cause != FailureCause.TimedOut && ChoosePorts(_ => true))
        {
            // It refused all of them: that may have been for the port.
        }

        TimeSpan left = _services.Limits.StartTimeout - _services.Time.GetElapsedTime(started);
        return await LaunchAsync(left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Chooses a port for the transports that were to choose their own.</summary>
    /// <returns>Whether there was one.</returns>
    private bool ChoosePorts(Predicate<string> unusable)
    {
        bool chosen = false;
        foreach (string transport in _plan.Transports.Where(transport => BindAddress(transport).Port == 0 && unusable(transport)))
        {
            _bound[transport] = ExclusiveBind.WithFreePort(BindAddress(transport)); // one that is taken meanwhile is chosen anew
            chosen = true;
        }

        return chosen;
    }

    private static bool IsThere(IPAddress announced, IPAddress given) => announced.Equals(given)
        || (given.IsAny() && (announced.IsAny() || IPAddress.IsLoopback(announced)));

    /// <summary>Makes what the child needs on a disk: its directory, its cookie.</summary>
    /// <returns>The cookie's file, or null if it gets none.</returns>
    private string? PrepareState()
    {
        _state.Make(_name);
        try
        {
            return _extOrPort?.WriteCookie();
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            throw StateTrouble.NotMade(_name, _state.Path, e);
        }
    }

    private void Learn(IEnumerable<PtArguments> given)
    {
        foreach (PtArguments arguments in given)
        {
            _services.Scrubber.Learn(arguments);
        }
    }

    /// <summary>
    /// Remembers where a transport listens and what it wants. What was announced cannot be taken back (M25): says so if it no longer holds.
    /// </summary>
    private void Publish(string transport, TransportMethod method)
    {
        if (_plan.PublicAddress is not null)
        {
            // The same port from now on: tor has been told of it, and bridge lines name it.
            IPEndPoint bound = BoundAt(method, transport);
            _bound[transport] = bound;
            _settled = true;
            _addresses.Remember(_plan.Positions[0].Chain, bound, method.Address);
        }

        _published.Remember(transport, _plan.Options[transport], method.Arguments);
        if (_announced.TryGetValue(transport, out PtArguments? announced) && !announced.Equals(method.Arguments))
        {
            ChainLog.ArgumentsChanged(_services.Logger, SafeText.Name(transport), _name);
        }
    }
}
