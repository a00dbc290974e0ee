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
/// A SOCKS program that Plait starts: one process for all positions of its transport. If its command line takes arguments, it is a process for each
/// set of them, started when a connection needs it.
/// </summary>
internal sealed class SocksProgramPlugin : IClientPlugin
{
    private readonly ListenerCommand _command;
    private readonly ListenerStart _start;
    private readonly IReadOnlyList<Position> _positions;
    private readonly TransportSource.SocksProgram _source;
    private readonly TransportProcess? _only;
    private readonly ProgramPool<PtArguments>? _pool;

    /// <param name="transport">The transport.</param>
    /// <param name="positions">Where it stands.</param>
    /// <param name="state">Its directory.</param>
    /// <param name="surroundings">Of the client.</param>
    /// <param name="budget">How many processes there may be that are started for a set of arguments.</param>
    internal SocksProgramPlugin(
        TransportDeclaration transport, IReadOnlyList<Position> positions, StateFolder state, ClientSurroundings surroundings, TunnelBudget budget)
    {
        _source = (TransportSource.SocksProgram)transport.Source;
        HostServices services = surroundings.Services;
        (_positions, Transport, Budget) = (positions, transport, budget);
        _command = new(_source.Line, _source.Template, PtRole.Client, Tunnel: null);
        _start = new(_command, transport.Name, _source.Version, state, services);
        Refusal = surroundings.Outside.Demand.RefusalOf(transport);
        Grants = new(Name, services.Observer, services.Logger);
        if (_source.Template.ArgumentKeys.Count > 0)
        {
            _pool = new(services, budget, arguments => new(New(arguments), joint: null, services));
        }
        else
        {
            _only = New(PtArguments.Empty);
        }
    }

    /// <summary>How messages call it.</summary>
    internal SafeText Name => _command.Name;

    /// <summary>The transport.</summary>
    internal TransportDeclaration Transport { get; }

    /// <summary>Why it cannot stand at the wire (G3); null if it can.</summary>
    internal OutsideRefusal? Refusal { get; }

    /// <summary>How far its grants were found to be verified.</summary>
    internal ObservedGrants Grants { get; }

    /// <summary>How many processes there may be that are started for a set of arguments.</summary>
    internal TunnelBudget Budget { get; }

    /// <summary>The process that serves all connections; null if there is one for each set of arguments.</summary>
    internal TransportProcess? Only => _only;

    /// <inheritdoc/>
    public IEnumerable<TransportProcess> Processes => _only is { } only ? [only] : _pool!.Programs.Select(program => program.Process);

    /// <inheritdoc/>
    public IEnumerable<ClientJoint> Joints => [];

    /// <inheritdoc/>
    public ClientHop HopOf(TransportDeclaration transport) => new SocksProgramHop(this);

    /// <inheritdoc/>
    public Task StartAsync() => _only?.StartAsync(CancellationToken.None) ?? Task.CompletedTask;

    /// <summary>The credentials of a connection.</summary>
    internal PtArguments CredentialsOf(PtArguments arguments) => _source.GivesCredentials ? arguments : PtArguments.Empty;

    /// <summary>Why no connection can be served at all at this moment; null if one may be.</summary>
    internal ProcessDown? Obstacle() => _only is { } only ? only.Obstacle(Transport.Name, out _) : _command.Missing();

    /// <summary>Why a connection cannot be served whatever happens: its arguments do not suit the program.</summary>
    internal SafeText? Problem(PtArguments arguments) => _command.Problem(arguments, target: null);

    /// <summary>A place at the process for the arguments of a connection; null if there is no room for one.</summary>
    internal Task<ProgramPool<PtArguments>.Lease?> EnterAsync(PtArguments arguments, CancellationToken cancellationToken) =>
        _pool!.EnterAsync(_command.Used(arguments), cancellationToken);

    public ValueTask DisposeAsync() => _only?.DisposeAsync() ?? _pool!.DisposeAsync();

    private TransportProcess New(PtArguments arguments) => _start.NewProcess(target: null, arguments, _positions);
}
