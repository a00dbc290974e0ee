using System.Net;
using Plait.Chains;
using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;

namespace Plait.Hops.Tunnels;

/// <summary>
/// The tunnel at one position of a client's chain: a process for each target and set of arguments, started when a connection needs it.
/// </summary>
/// <remarks>
/// Before the wire the target is a joint of Plait's own. At the wire it is the target of the connection, and the tunnel dials the network
/// itself, unless <c>ClientTransportWire</c> says otherwise or tor has set an upstream proxy or a source address: no tunnel is known to use
/// them (G3).
/// </remarks>
internal sealed class TunnelPlugin : IClientPlugin
{
    private readonly HostServices _services;
    private readonly ListenerCommand _command;
    private readonly ListenerStart _start;
    private readonly ClientPosition _position;
    private readonly ProgramPool<Key> _pool;

    /// <param name="transport">The transport.</param>
    /// <param name="position">Where it stands.</param>
    /// <param name="state">Its directory.</param>
    /// <param name="surroundings">Of the client.</param>
    /// <param name="budget">How many such processes there may be.</param>
    internal TunnelPlugin(
        TransportDeclaration transport, ClientPosition position, StateFolder state, ClientSurroundings surroundings, TunnelBudget budget)
    {
        var source = (TransportSource.Tunnel)transport.Source;
        (_services, _position, Transport) = (surroundings.Services, position, transport);
        _command = new(source.Line, source.Template, PtRole.Client, source);
        _start = new(_command, transport.Name, socks: null, state, _services);
        DialsItself = position.Wire && (transport.Wire == WireChoice.Self || (transport.Wire == WireChoice.Automatic && !surroundings.Outside.Any));
        Refusal = DialsItself ? surroundings.Outside.Demand.RefusalOf(transport) : null;
        Grants = new(Name, _services.Observer, _services.Logger);
        Budget = budget;
        _pool = new(_services, budget, New);
    }

    /// <summary>How messages call it.</summary>
    internal SafeText Name => _command.Name;

    /// <summary>The transport.</summary>
    internal TransportDeclaration Transport { get; }

    /// <summary>Whether it dials the network itself.</summary>
    internal bool DialsItself { get; }

    /// <summary>Why it cannot dial the network itself (G3); null if it can, or does not.</summary>
    internal OutsideRefusal? Refusal { get; }

    /// <summary>How far its grants were found to be verified.</summary>
    internal ObservedGrants Grants { get; }

    /// <summary>How many such processes there may be.</summary>
    internal TunnelBudget Budget { get; }

    /// <inheritdoc/>
    public IEnumerable<TransportProcess> Processes => _pool.Programs.Select(program => program.Process);

    /// <inheritdoc/>
    public IEnumerable<ClientJoint> Joints => [];

    /// <inheritdoc/>
    public int JointConnections => _pool.Programs.Sum(program => program.Joint?.Connections ?? 0);

    /// <inheritdoc/>
    public int Tickets => _pool.Programs.Sum(program => program.Joint?.Tickets ?? 0);

    /// <inheritdoc/>
    public ClientHop HopOf(TransportDeclaration transport) => new TunnelClientHop(this);

    /// <summary>Nothing is started before a connection needs it.</summary>
    public Task StartAsync() => Task.CompletedTask;

    /// <summary>Why no connection can be served at all at this moment; null if one may be.</summary>
    internal ProcessDown? Missing() => _command.Missing();

    /// <summary>Why a connection cannot be served whatever happens: its arguments or its target do not suit the program.</summary>
    internal SafeText? Problem(HopOpening hop) => _command.Problem(hop.Arguments, DialsItself ? hop.Opening.Target : null);

    /// <summary>A place at the process that serves a connection; null if there is no room for one.</summary>
    internal Task<ProgramPool<Key>.Lease?> EnterAsync(HopOpening hop, CancellationToken cancellationToken) =>
        _pool.EnterAsync(new(_command.Used(hop.Arguments), hop.WayOn, hop), cancellationToken);

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private PooledProgram New(Key key)
    {
        TunnelJoint? joint = DialsItself ? null : new(Name, _services);
        return new(_start.NewProcess(joint?.EndPoint ?? key.Target, key.Arguments, [_position.Position]), joint, _services);
    }

    /// <summary>What a process is started for: the arguments of its hop, and the way on behind it.</summary>
    internal sealed class Key(PtArguments arguments, WayOn way, HopOpening hop) : IEquatable<Key>
    {
        private readonly WayOn _way = way;

        internal PtArguments Arguments { get; } = arguments;

        /// <summary>The target that the first connection asked for: that of all others too.</summary>
        internal EndPoint Target { get; } = hop.Opening.Target;

        public bool Equals(Key? other) => other is not null && Arguments.Equals(other.Arguments) && _way.Equals(other._way);

        public override bool Equals(object? obj) => Equals(obj as Key);

        public override int GetHashCode() => HashCode.Combine(Arguments, _way);
    }
}
