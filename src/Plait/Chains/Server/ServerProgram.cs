using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Processes;
using Plait.Wire.Pt;

namespace Plait.Chains.Server;

/// <summary>What a server process is to do.</summary>
/// <param name="Line">The plugin line.</param>
/// <param name="Choice">Which joints it is offered.</param>
/// <param name="Positions">The places it fills.</param>
/// <param name="Options">The options of each of its transports.</param>
/// <param name="BindAddresses">Listener addresses that the configuration fixes; the others get a loopback port (E32).</param>
/// <param name="Indirect">Its transports that carry many clients' sessions over shared connections.</param>
internal sealed record ServerProcessPlan(
    PluginLine Line,
    ServerJointChoice Choice,
    IReadOnlyList<Position> Positions,
    IReadOnlyDictionary<string, PtArguments> Options,
    IReadOnlyDictionary<string, IPEndPoint> BindAddresses,
    IReadOnlySet<string> Indirect)
{
    /// <summary>The transports it is asked for.</summary>
    internal IReadOnlyList<string> Transports { get; } = [.. Positions.Select(position => position.Transport).Distinct()];
}

/// <summary>One server child with its joints: the place where its transports hand on what they received.</summary>
internal sealed class ServerProgram : IAsyncDisposable
{
    private static readonly IPEndPoint s_anyLoopbackPort = new(IPAddress.Loopback, 0);

    private readonly ServerProcessPlan _plan;
    private readonly StateFolder _state;
    private readonly Runtime _runtime;
    private readonly Action<IReadOnlyList<string>> _learnedOrPort;
    private Task _learning = Task.CompletedTask;
    private readonly ExtOrPortJoint? _extOrPort;
    private readonly OrPortJoint? _orPort;
    private readonly PublishedArguments _published;
    private readonly AcceptWatch _accepts;
    private readonly ConcurrentDictionary<string, PtArguments> _announced = new();
    private IReadOnlyDictionary<string, ServerChain> _chains = new Dictionary<string, ServerChain>();
    private int _told;

    /// <param name="plan">What it is to do.</param>
    /// <param name="state">Its state directory.</param>
    /// <param name="files">Where the cookie of its Extended ORPort is written.</param>
    /// <param name="runtime">What everything shares.</param>
    /// <param name="learnedOrPort">Told the transports' names when their program turns out not to speak the Extended ORPort.</param>
    internal ServerProgram(
        ServerProcessPlan plan, StateFolder state, RuntimeFiles files, Runtime runtime, Action<IReadOnlyList<string>> learnedOrPort)
    {
        _plan = plan;
        _state = state;
        _published = new(state.Path, runtime.Logger);
        _runtime = runtime;
        _learnedOrPort = learnedOrPort;
        Name = SafeText.Name(Path.GetFileName(plan.Line.Program));
        Process = new(Name, LaunchAsync, runtime.Limits, runtime.Time, runtime.Logger,
            new(runtime.Observer, new(Name.ToString(), plan.Positions)), runtime.Scrubber);
        _extOrPort = plan.Choice == ServerJointChoice.OrPort ? null : new(this, Path.GetFileName(state.Path), files, runtime);
        _orPort = plan.Choice == ServerJointChoice.ExtOrPort ? null : new(this, runtime);
        _accepts = new(runtime.Limits.HandshakeTimeout, runtime.Time, MayWaitForAnEnd, Hangs);
    }

    /// <summary>How messages call it.</summary>
    internal SafeText Name { get; }

    /// <summary>Its process.</summary>
    internal TransportProcess Process { get; }

    /// <summary>Dials that the child has not brought back.</summary>
    internal OutstandingDials Dials { get; } = new();

    /// <summary>Its joints.</summary>
    internal IEnumerable<IServerJoint> Joints => new IServerJoint?[] { _extOrPort, _orPort }.OfType<IServerJoint>();

    /// <summary>
    /// The place that an arrival must be for, whatever it says of its client: the only one that the process fills, or the
    /// only one that it fills with this transport. Null if there are several.
    /// </summary>
    internal (ServerChain Chain, int Hop)? OnlyPlace(string? transport)
    {
        List<Position> places = [.. _plan.Positions.Where(position => transport is null || position.Transport == transport)];
        return places is [var only] && _chains.TryGetValue(only.Chain, out ServerChain? chain) ? (chain, only.Hop) : null;
    }

    /// <summary>The child has brought a stream of which it cannot be said from which dial it was.</summary>
    internal bool BringsUnnamed { get; private set; }

    /// <summary>A connection whose stream the child has just brought, and which cannot be found among the dials.</summary>
    internal ServerConnection NewUnnamed(ServerChain chain, IPEndPoint? client)
    {
        BringsUnnamed = true;
        return chain.NewConnection(client) with { BeganAtJoint = true };
    }

    /// <summary>The child has authenticated at the Extended ORPort joint at least once.</summary>
    internal bool SpeaksExtOrPort { get; set; }

    /// <summary>Tells the program which chains came up.</summary>
    internal void Serve(IReadOnlyDictionary<string, ServerChain> chains) => _chains = chains;

    /// <summary>Whether a transport declares that it does not carry connections one for one.</summary>
    internal bool IsIndirect(string transport) => _plan.Indirect.Contains(transport);

    internal Task StartAsync(CancellationToken cancellationToken) => Process.StartAsync(cancellationToken);

    /// <summary>
    /// What clients of a transport have to put into their bridge line: what the child said at its last start with these options,
    /// in this run or before. Null if it has never run with them. What is returned counts as announced: it stays with tor.
    /// </summary>
    internal PtArguments? Announce(string transport)
    {
        PtArguments? known = _published.Find(transport, _plan.Options[transport]);
        return known is null ? null : _announced.GetOrAdd(transport, known);
    }

    /// <summary>Where a transport listens: the address it was given, with the port it chose (C8).</summary>
    internal IPEndPoint ListenerOf(TransportMethod method, string transport)
    {
        IPEndPoint given = BindAddress(transport);
        IPAddress address = given.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : given.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : given.Address;
        return new(address, given.Port == 0 ? method.Address.Port : given.Port);
    }

    /// <summary>Connects to one of the child's listeners; the child then brings the connection back at a joint.</summary>
    /// <exception cref="SocketException">The child does not accept.</exception>
    internal async Task<InwardDial> DialAsync(
        ServerConnection connection, int hop, IPEndPoint listener, CancellationToken cancellationToken)
    {
        InwardDial dial = NewDial(connection, hop, listener);
        var stream = (SocketConnection)dial.Stream;
        try
        {
            await stream.ConnectAsync(listener, cancellationToken).ConfigureAwait(false);
            _accepts.Dialled(listener, dial.Source);
            return dial;
        }
        catch (SocketException)
        {
            stream.Close(); // not disposed: one that lingers would wait for a peer that it never had
            Dials.Remove(dial); // it was refused: the child never had it
            throw;
        }
        catch (OperationCanceledException)
        {
            stream.Close();
            Dials.Lose(dial); // whether the child took it nobody can say
            throw;
        }
    }

    private InwardDial NewDial(ServerConnection connection, int hop, IPEndPoint listener)
    {
        while (true)
        {
            Socket socket = _runtime.Sources.Bind();
            Descriptors.Admit(socket);
            SocketConnection stream = _orPort is null || SpeaksExtOrPort
                ? new SocketConnection(socket)
                : new LingeringConnection(socket, _runtime.Limits.HandshakeTimeout);
            var dial = new InwardDial(connection, hop, (IPEndPoint)socket.LocalEndPoint!, listener, stream, this);
            if (Dials.TryAdd(dial))
            {
                return dial;
            }

            socket.Dispose();
        }
    }

    /// <summary>The child used its plain ORPort: the next start plans for that.</summary>
    internal void LearnOrPort()
    {
        if (_plan.Choice == ServerJointChoice.Automatic && Interlocked.Exchange(ref _told, 1) == 0)
        {
            ChainLog.LearnedOrPort(_runtime.Logger, Name);
            _learning = Task.Run(() => _learnedOrPort(_plan.Transports)); // to a disk, which whoever moves bytes does not wait for
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _learning.ConfigureAwait(false);
        _accepts.Dispose();
        await Process.DisposeAsync().ConfigureAwait(false);
        foreach (IServerJoint joint in Joints)
        {
            await joint.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// A program may have a limit of its own, and accept again when one of its connections has ended: one that has any is
    /// left alone, unless it has been stopped.
    /// </summary>
    private bool MayWaitForAnEnd() =>
        Process.Running is { Process.Id: var id } && !ProcessSignals.IsStopped(id)
        && (Joints.Any(joint => joint.Connections > 0)
            || Dials.Snapshot().Any(dial => PeerOwner.HasAccepted(dial.Listener, dial.Source) == true));

    /// <summary>It is killed, and another takes its place; what waits for it learns why.</summary>
    private void Hangs()
    {
        if (Process.Running is not { Process: var child })
        {
            return; // it has just ended by itself
        }

        foreach (InwardDial dial in Dials.Snapshot())
        {
            dial.Connection.Connection.Failed(dial.Hop, ChainStage.Dial, FailureCause.TimedOut,
                $"the transport's program hangs: it has not accepted a connection on its own port for {_runtime.Limits.HandshakeTimeout.TotalSeconds:0.#} s");
        }

        child.KillHung();
    }

    /// <summary>
    /// A dial that is found by its address is forgotten before its port is free for another: a late report of it is then
    /// one of a connection that is over.
    /// </summary>
    internal void ForgetBeforeClose(InwardDial dial)
    {
        if (dial.Stream is not LingeringConnection)
        {
            Dials.Remove(dial);
        }
    }

    /// <summary>
    /// A dial that can only be found by being the only one is forgotten when the child is known to have closed it, and
    /// all that it connected before has been looked at.
    /// </summary>
    internal async ValueTask ForgetAfterCloseAsync(InwardDial dial)
    {
        if (dial.Stream is not LingeringConnection lingering)
        {
            return;
        }

        if (lingering.PeerEnded && await _orPort!.CatchUpAsync().ConfigureAwait(false))
        {
            Dials.Remove(dial);
        }
        else
        {
            Dials.Lose(dial);
        }
    }

    private IPEndPoint BindAddress(string transport) => _plan.BindAddresses.GetValueOrDefault(transport, s_anyLoopbackPort);

    private async Task<LaunchedTransports> LaunchAsync(CancellationToken cancellationToken)
    {
        ProgramFile file = ProgramFile.Find(_plan.Line.Program);
        if (file.Path is null)
        {
            throw new LaunchException(ChainStage.Launch, file.Cause, SafeText.Own(file.Problem!));
        }

        string? cookie = PrepareState();
        Dials.BeginAnew();
        Learn(_plan.Options.Values);
        Dictionary<string, string> environment = ChildEnvironment.ForServer(_runtime.Environment, new()
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
        LaunchedTransports launched = await _runtime.Launcher.LaunchAsync(
            new(Name, PtRole.Server, _plan.Transports, new(file.Path, _plan.Line.Arguments, environment)),
            _runtime.Limits.StartTimeout, cancellationToken)
            .ConfigureAwait(false);
        Learn(launched.Methods.Values.Select(method => method.Arguments)); // what its clients need to know, and nobody else
        foreach ((string transport, TransportMethod method) in launched.Methods)
        {
            Publish(transport, method.Arguments);
        }

        return launched;
    }

    /// <summary>Makes what the child needs on a disk: its directory, its cookie.</summary>
    /// <returns>The cookie's file, or null if it gets none.</returns>
    private string? PrepareState()
    {
        try
        {
            _state.Make();
            return _extOrPort?.WriteCookie();
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            throw StateFolder.Failure(Name, e);
        }
    }

    /// <summary>What it said of itself, for a message.</summary>
    internal SafeText Scrub(string said) => _runtime.Scrubber.Scrub(said);

    private void Learn(IEnumerable<PtArguments> given)
    {
        foreach (PtArguments arguments in given)
        {
            _runtime.Scrubber.Learn(arguments);
        }
    }

    /// <summary>Remembers what a transport wants. What was announced cannot be taken back (M25): says so if it no longer holds.</summary>
    private void Publish(string transport, PtArguments arguments)
    {
        _published.Remember(transport, _plan.Options[transport], arguments);
        if (_announced.TryGetValue(transport, out PtArguments? announced) && !announced.Equals(arguments))
        {
            ChainLog.ArgumentsChanged(_runtime.Logger, SafeText.Name(transport), Name);
        }
    }
}
