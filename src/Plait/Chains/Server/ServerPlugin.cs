using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Arguments;

namespace Plait.Chains.Server;

/// <summary>One server child with its joints: the place where its transports hand on what they received.</summary>
internal sealed class ServerPlugin : IAsyncDisposable
{
    private readonly ServerProcessPlan _plan;
    private readonly HostServices _services;
    private readonly ServerLaunch _launch;
    private readonly ExtOrPortJoint? _extOrPort;
    private readonly OrPortJoint? _orPort;
    private readonly ServerHangDetector _hangs;
    private int _toldToHang; // the child that was told of

    /// <param name="plan">What it is to do.</param>
    /// <param name="state">Its state directory.</param>
    /// <param name="files">Where the cookie of its Extended ORPort is written.</param>
    /// <param name="addresses">Where it listened before, and what it announced.</param>
    /// <param name="services">What everything shares.</param>
    /// <param name="learnedOrPort">Told the transports' names when their program turns out not to speak the Extended ORPort.</param>
    internal ServerPlugin(
        ServerProcessPlan plan,
        StateFolder state,
        RuntimeFiles files,
        PublicAddresses addresses,
        HostServices services,
        Action<IReadOnlyList<string>> learnedOrPort)
    {
        _plan = plan;
        _services = services;
        Name = SafeText.Name(Path.GetFileName(plan.Line.Program));
        Dials = new(services.Sources.Bind);
        Arrivals = new(plan, Dials, services.Sources);
        // At the wire it has one connection for each client, otherwise one for each client and hop.
        ConnectionBudget budget = plan.PublicAddress is null ? services.JointBudget : services.Budget;
        var owner = new JointOwner(Name, Arrivals, budget, RunningChild, services);
        _extOrPort = plan.Choice == ServerJointChoice.OrPort ? null : new(owner, Path.GetFileName(state.Path), files);
        bool learns = plan is { Choice: ServerJointChoice.Automatic, Positions.Count: > 1 };
        _orPort = plan.Choice == ServerJointChoice.ExtOrPort ? null : new(owner, learns ? () => learnedOrPort(plan.Transports) : null);
        _launch = new(Name, plan, state, _extOrPort, _orPort, addresses, services);
        Process = new(Name, _launch.RunAsync, services.Limits, services.Time, services.Logger,
            new(services.Observer, new(Name.ToString(), plan.Positions)), services.Scrubber);
        _hangs = new(services.Limits.HandshakeTimeout, services.Time, LookAt, AcceptQueue.Of, Hangs);
    }

    /// <summary>How messages call it.</summary>
    internal SafeText Name { get; }

    /// <summary>Its process.</summary>
    internal TransportProcess Process { get; }

    /// <summary>Where the network reaches it, if it is a chain's transport at the wire and listens itself.</summary>
    internal IPEndPoint? PublicAddress => _plan.PublicAddress;

    /// <summary>The dials to the child's listeners.</summary>
    internal InwardDials Dials { get; }

    /// <summary>Its joints.</summary>
    internal IEnumerable<ServerJoint> Joints => new ServerJoint?[] { _extOrPort, _orPort }.OfType<ServerJoint>();

    /// <summary>Identifies what it brings to its joints.</summary>
    internal Arrivals Arrivals { get; }

    internal Task StartAsync(CancellationToken cancellationToken) => Process.StartAsync(cancellationToken);

    /// <summary>What clients of a transport have to know; see <see cref="ServerLaunch.Announce"/>.</summary>
    internal PtArguments? Announce(string transport) => _launch.Announce(transport);

    /// <summary>The address that the transport at the wire announces; null if it never said so.</summary>
    internal IPEndPoint? AnnouncedAddress => Process.Running is { } running && running.Methods.TryGetValue(_plan.Transports[0], out TransportMethod? method)
        ? method.Address
        : _launch.AnnouncedBefore;

    /// <summary>No further client is let in; those that are here may stay (L7). What Plait dials is not for clients, and goes on.</summary>
    internal void StopAccepting()
    {
        if (PublicAddress is not null)
        {
            Process.StopAccepting();
        }
    }

    /// <summary>Connects to a transport's listener; the child then brings the connection to its joint.</summary>
    /// <exception cref="SocketException">The child does not accept.</exception>
    internal Task<InwardWay> DialAsync(
        ServerConnection connection, int hop, string transport, TransportMethod method, CancellationToken cancellationToken) =>
        Dials.ConnectAsync(connection, hop, _launch.ListenerOf(method, transport), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _hangs.Dispose();
        await Process.DisposeAsync().ConfigureAwait(false);
        foreach (ServerJoint joint in Joints)
        {
            await joint.DisposeAsync().ConfigureAwait(false);
        }
    }

    private ChildProcess? RunningChild() => Process.Running?.Process;

    private ServerActivity? LookAt() => Process.Running is not { } running ? null : new(
        [.. running.Methods.Select(method => _launch.BoundAt(method.Value, method.Key))],
        running.Process.SignsOfLife,
        Joints.Sum(joint => joint.Connections));

    /// <summary>
    /// It is told of, and killed if no connection can be hurt by that: another then takes its place. One that has any may have a limit
    /// of its own, of descriptors for example, and accept again when one has ended. Only one of those that Plait dials is killed even so,
    /// if a signal has stopped it: what it has does not move, and other programs of the chain go on.
    /// </summary>
    /// <param name="live">It has a connection.</param>
    /// <returns>Whether it was killed.</returns>
    private bool Hangs(bool live)
    {
        if (Process.Running is not { Process: var child })
        {
            return true; // it has just ended by itself
        }

        double seconds = _services.Limits.HandshakeTimeout.TotalSeconds;
        bool killed = !live || (PublicAddress is null && ProcessSignals.IsStopped(child.Id));
        if (killed || Interlocked.Exchange(ref _toldToHang, child.Id) != child.Id)
        {
            ChainLog.ProgramHangs(_services.Logger, Name, seconds, killed
                ? SafeText.Of($"it is killed, and another takes its place")
                : $"it has connections that are open, and is left alone until they have ended");
        }

        if (!killed)
        {
            return false;
        }

        Dials.FailAll(FailureCause.TimedOut,
            $"the transport's program hangs: it has not accepted a connection on its own port for {seconds:0.#} s");
        child.KillHung();
        return true;
    }
}
