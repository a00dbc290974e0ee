using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Arguments;

namespace Plait.Chains.Server;

/// <summary>One server child with its joints: the place where its transports hand on what they received.</summary>
internal sealed class ServerPlugin : IServerPlugin
{
    // Each fails only if another process takes, within milliseconds, the very port that the system has just chosen (Q9).
    private const int PortAttempts = 3;

    private readonly ServerProcessPlan _plan;
    private readonly ServerListenAddresses _listen;
    private readonly ServerAnnouncements _announcements;
    private readonly ExtOrPortJoint? _extOrPort;
    private readonly ServerJoint? _orPort;
    private readonly IServerProgram? _program;
    private readonly ServerHangDetector _hangs;

    /// <param name="plan">What it is to do.</param>
    /// <param name="state">Its state directory.</param>
    /// <param name="files">Where the cookie of its Extended ORPort is written.</param>
    /// <param name="addresses">Where it listened before, and what it announced.</param>
    /// <param name="services">What everything shares.</param>
    /// <param name="learnedOrPort">Called with the transports' names if their program turns out not to use the Extended ORPort.</param>
    /// <param name="program">Its program, if that is no pluggable transport; then <paramref name="files"/> gets no cookie.</param>
    internal ServerPlugin(
        ServerProcessPlan plan,
        StateFolder state,
        RuntimeFiles files,
        PublicAddresses addresses,
        HostServices services,
        Action<IReadOnlyList<string>> learnedOrPort,
        IServerProgram? program = null)
    {
        _plan = plan;
        _program = program;
        Dials = new(services.Sources.Bind, services.Pollers);
        Arrivals = new(plan, Dials, services.Sources);

        // At the wire it has one connection for each client, otherwise one for each client and hop.
        ConnectionBudget budget = plan.PublicAddress is null ? services.JointBudget : services.Budget;
        var owner = new JointOwner(plan.Name, Arrivals, budget, RunningChild, services);
        bool learns = plan is { Choice: ServerJointChoice.Automatic, Positions.Count: > 1 };
        _extOrPort = plan.Choice == ServerJointChoice.OrPort ? null : new(owner, Path.GetFileName(state.Path), files);
        _orPort = program is not null ? program.NewJoint(owner)
            : plan.Choice == ServerJointChoice.ExtOrPort ? null
            : new OrPortJoint(owner, learns ? () => learnedOrPort(plan.Transports) : null);

        _listen = new(plan, services.Scrubber);
        _announcements = new(plan, state, _listen, addresses, services);
        Func<CancellationToken, Task<LaunchedTransports>> launch = program is null
            ? new ServerLaunch(plan, state, _extOrPort, (OrPortJoint?)_orPort, _listen, _announcements, services).RunAsync
            : LaunchOtherAsync;
        Process = new(plan.Name, launch, services.Limits, services.Time, services.Logger,
            new(services.Observer, new(plan.Name.ToString(), plan.Positions)), services.Scrubber);
        _hangs = new(services.Limits.HandshakeTimeout, services.Time, LookAt, AcceptQueue.Of,
            new ServerHangResponse(plan, Process, Dials, services).Apply);
    }

    /// <summary>How messages call it.</summary>
    internal SafeText Name => _plan.Name;

    /// <summary>Its process.</summary>
    internal TransportProcess Process { get; }

    /// <inheritdoc/>
    public IEnumerable<ServerJoint> Joints => new ServerJoint?[] { _extOrPort, _orPort }.OfType<ServerJoint>();

    /// <summary>Identifies what it brings to its joints.</summary>
    internal Arrivals Arrivals { get; }

    /// <inheritdoc/>
    public IEnumerable<ServerJoint> WireJoints => PublicAddress is null ? [] : Joints;

    /// <inheritdoc/>
    public IEnumerable<TransportProcess> Processes => [Process];

    /// <inheritdoc/>
    public int OutstandingDials => Dials.Count;

    /// <inheritdoc/>
    public void Serve(IReadOnlyDictionary<string, ServerChain> chains) => Arrivals.Serve(chains);

    /// <summary>The dials to its listeners.</summary>
    internal InwardDials Dials { get; }

    /// <summary>Where the network reaches it, if it is a chain's transport at the wire and listens itself.</summary>
    internal IPEndPoint? PublicAddress => _plan.PublicAddress;

    /// <summary>The address that the transport at the wire announces; null if it has never announced one.</summary>
    internal IPEndPoint? AnnouncedAddress => Process.Running is { } running && running.Methods.TryGetValue(_plan.Transports[0], out TransportMethod? method)
        ? method.Address
        : _announcements.AddressBefore;

    /// <inheritdoc cref="ServerAnnouncements.Announce"/>
    internal PtArguments? Announce(string transport) => _program is null ? _announcements.Announce(transport) : PtArguments.Empty;

    /// <inheritdoc/>
    public Task StartAsync() => Process.StartAsync(CancellationToken.None);

    /// <summary>
    /// Lets no further client in; those that are here may stay (L7). A child that Plait dials serves them, and goes on. A program that is no
    /// pluggable transport would end at SIGINT, with its connections, and no signal reaches a thread: the joints let no client in.
    /// </summary>
    public void StopAccepting()
    {
        if (PublicAddress is null)
        {
            return;
        }

        if (_program is not null || _plan.Line.Library is { InProcess: true })
        {
            foreach (ServerJoint joint in Joints)
            {
                joint.StopAccepting();
            }
        }
        else
        {
            Process.StopAccepting();
        }
    }

    /// <inheritdoc/>
    public Task WhenIdleAsync() => Task.WhenAll(WireJoints.Select(joint => joint.WhenIdleAsync()));

    /// <summary>Connects to a transport's listener; the child then brings the connection to its joint.</summary>
    /// <exception cref="SocketException">The child does not accept.</exception>
    internal Task<InwardWay> DialAsync(
        ServerConnection connection, int hop, string transport, TransportMethod method, CancellationToken cancellationToken) =>
        Dials.ConnectAsync(connection, hop, _listen.ListenerOf(method, transport), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _hangs.Dispose();
        await Process.DisposeAsync().ConfigureAwait(false);
        foreach (ServerJoint joint in Joints)
        {
            await joint.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>One start of a program that is no pluggable transport: at its fixed port, or at another that is free.</summary>
    private async Task<LaunchedTransports> LaunchOtherAsync(CancellationToken cancellationToken)
    {
        string transport = _plan.Transports[0];
        for (int attempt = 1; ; attempt++)
        {
            _listen.Reset();
            bool chosen = _listen.ChoosePorts(_ => true);
            try
            {
                LaunchedTransports launched = await _program!
                    .LaunchAsync(_listen.Given(transport), _orPort!.EndPoint, cancellationToken).ConfigureAwait(false);
                _announcements.Publish(transport, launched.Methods[transport]);
                return launched;
            }
            catch (LaunchException e) when (chosen && e.Down.PortIsTaken && attempt < PortAttempts)
            {
                // Another process has taken the port since it was chosen.
            }
        }
    }

    private ChildProcess? RunningChild() => Process.Running?.Process;

    private ServerActivity? LookAt() => Process.Running is not { } running ? null : new(
        [.. running.Methods.Select(method => _listen.BoundAt(method.Value, method.Key))],
        running.Process.SignsOfLife,
        Joints.Sum(joint => joint.Connections));
}
