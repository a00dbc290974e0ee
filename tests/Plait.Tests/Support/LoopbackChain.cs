using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Hosting;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Environments;
using Plait.Wire.Socks;

namespace Plait.Tests.Support;

/// <summary>A client and a bridge with one chain, both in this process, and tor's part on both sides.</summary>
internal sealed class LoopbackChain : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Channel<SocketConnection> _arrived = Channel.CreateUnbounded<SocketConnection>();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConnectionListener _tor;
    private readonly FailureRecorder _clientFailures = new();
    private readonly FailureRecorder _bridgeFailures = new();
    private ServerHost? _bridge;
    private ClientHost? _client;

    private LoopbackChain() => _tor = ConnectionListener.Start(
        new(IPAddress.Loopback, 0), Shared.Pollers, new(10, TimeProvider.System, new LogRecorder()), async (connection, stopping) =>
        {
            await _arrived.Writer.WriteAsync(connection, stopping);
            await _over.Task;
        });

    /// <summary>The next failure of a connection that the client reports.</summary>
    internal Task<PlaitEvent.ConnectionFailed> ClientFailure => _clientFailures.Next;

    /// <summary>The next failure of a connection that the bridge reports.</summary>
    internal Task<PlaitEvent.ConnectionFailed> BridgeFailure => _bridgeFailures.Next;

    /// <summary>Where the network reaches the bridge.</summary>
    internal IPEndPoint Bridge => ((ChainStart.Listening)_bridge!.Chains[0]).EndPoint;

    /// <summary>Starts both sides.</summary>
    /// <param name="hops">The chain's transports, hop 0 first.</param>
    /// <param name="kinds">The kinds of hop that there are; null for those of Plait.</param>
    /// <param name="clientLimits">The client's limits.</param>
    /// <param name="bridgeLimits">The bridge's limits.</param>
    /// <param name="options">tor's ServerTransportOptions for the chain.</param>
    internal static async Task<LoopbackChain> StartAsync(
        TransportDeclaration[] hops, IReadOnlyList<HopKind>? kinds = null, Limits? clientLimits = null, Limits? bridgeLimits = null, PtArguments? options = null)
    {
        var chain = new LoopbackChain();
        var role = new RoleConfiguration { Transports = hops.ToDictionary(hop => hop.Name) };
        var configuration = new PlaitConfiguration
        {
            Client = role,
            Server = role,
            Aliases = new Dictionary<string, ChainAlias> { ["chain"] = new("chain", [.. hops.Select(hop => hop.Name)], new("rc", 1)) },
        };
        HostSettings Settings(Limits? limits, IPlaitObserver observer) => new()
        {
            Configuration = configuration with { Limits = limits ?? new() }, Observer = observer, Kinds = kinds ?? HopKind.All,
        };
        chain._bridge = await ServerHost.StartAsync(
            Settings(bridgeLimits, chain._bridgeFailures),
            new()
            {
                Transports = ["chain"],
                StateLocation = Path.Combine(chain._folder.Path, "bridge"),
                BindAddresses = new Dictionary<string, IPEndPoint> { ["chain"] = new(IPAddress.Loopback, 0) },
                Options = new Dictionary<string, PtArguments> { ["chain"] = options ?? PtArguments.Empty },
                OrPort = chain._tor.EndPoint,
            },
            Deadline.Token);
        chain._client = await ClientHost.StartAsync(
            Settings(clientLimits, chain._clientFailures),
            new() { Transports = ["chain"], StateLocation = Path.Combine(chain._folder.Path, "client") },
            Deadline.Token);
        return chain;
    }

    /// <summary>Asks the client for a connection, as tor does.</summary>
    /// <returns>tor's connection, and whether it was granted.</returns>
    internal async Task<(SocketConnection Connection, bool Granted)> OpenAsync(PtArguments arguments)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(((ChainStart.Listening)_client!.Chains[0]).EndPoint, Deadline.Token);
        var connection = SocketConnection.Of(socket, Shared.Pollers);
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(
            connection, SocksClientHandshake.ForTransport(SocksVersion.Socks5, Bridge, arguments), Deadline.Token).Within("the chain answers");
        return (connection, outcome.Completed);
    }

    /// <summary>The next connection that arrives at the bridge's tor.</summary>
    internal Task<SocketConnection> ArrivalAsync() => _arrived.Reader.ReadAsync(Deadline.Token).AsTask().Within("a connection arrives at tor");

    public async ValueTask DisposeAsync()
    {
        _over.TrySetResult();
        await (_client?.DisposeAsync() ?? default);
        await (_bridge?.DisposeAsync() ?? default);
        await _tor.DisposeAsync();
        _folder.Dispose();
    }

    private sealed class FailureRecorder : IPlaitObserver
    {
        private readonly Channel<PlaitEvent.ConnectionFailed> _failures = Channel.CreateUnbounded<PlaitEvent.ConnectionFailed>();

        internal Task<PlaitEvent.ConnectionFailed> Next => _failures.Reader.ReadAsync(Deadline.Token).AsTask().Within("a failure is reported");

        public void OnEvent(PlaitEvent happened)
        {
            if (happened is PlaitEvent.ConnectionFailed failed)
            {
                _failures.Writer.TryWrite(failed);
            }
        }
    }
}
