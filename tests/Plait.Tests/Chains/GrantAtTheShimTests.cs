using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Hosting;
using Plait.Relays;
using Plait.Tests.Support;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Socks;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>What a grant is found to be worth behind a shim (G2): a SOCKS program of ours, in the chain <c>sham|dummy</c>.</summary>
public sealed class GrantAtTheShimTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Recorder _observer = new();
    private readonly ConnectionListener _target;
    private readonly ConnectionListener _transport;
    private Func<SocketConnection, EndPoint, Task<Socket>> _serve = DialThenGrantAsync;

    public GrantAtTheShimTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only there is it known who has come");
        _target = Listen(static (peer, _) => peer.ReceiveAllAsync());
        _transport = Listen(ServeAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync();
        await _target.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Open_GrantedBeforeTheDial_IsFoundRememberedAndProvisional()
    {
        ClientHost host = await StartAsync();
        await using (host) // what there was to tell is told by then
        {
            _serve = async (peer, target) =>
            {
                await GrantAsync(peer);
                await _observer.Found.Within("the grant is found to be early, long before any grace is over");
                return Dial(target);
            };
            await OpenAsync(host);
            _serve = DialThenGrantAsync;
            await OpenAsync(host);
        }

        Assert.Equal(new PlaitEvent.GrantQualityFound("the external program", "sham", GrantQuality.Early), Assert.Single(_observer.FoundGrants));
        Assert.Equal([GrantQuality.Early, GrantQuality.Early], _observer.Grants);
        Assert.Equal(2, host.Counters.Provisional);
    }

    [Fact]
    public async Task Open_DialledAndGrantedInTheSameInstant_IsNeverCalledEarly()
    {
        const int atATime = 8, each = 50;
        ClientHost host = await StartAsync();
        await using (host)
        {
            await Task.WhenAll(Enumerable.Range(0, atATime).Select(_ => OpenManyAsync(host, each)));
        }

        Assert.Empty(_observer.FoundGrants);
        Assert.Equal(atATime * each, _observer.Grants.Count(grant => grant == GrantQuality.Proven));
    }

    private async Task OpenManyAsync(ClientHost host, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await OpenAsync(host);
        }
    }

    private async Task<ClientHost> StartAsync()
    {
        ConfigurationResult read = PlaitConfiguration.Parse(
            $"ClientTransportPlugin sham socks5 {_transport.EndPoint}\nAlias chain sham|dummy\nLazyDialGrace 5 minutes\nOpenTimeout 10 minutes\n", "plaitrc");
        Assert.Empty(read.Problems);
        return await ClientHost.StartAsync(
            new() { Configuration = read.Configuration, Observer = _observer },
            new() { Transports = ["chain"], StateLocation = _folder.Path },
            Deadline.Token);
    }

    /// <summary>Asks the chain for a connection, as tor does, and leaves.</summary>
    private async Task OpenAsync(ClientHost host)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(((ChainStart.Listening)Assert.Single(host.Chains)).EndPoint, Deadline.Token);
        await using var connection = SocketConnection.Of(socket, Shared.Pollers);
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(
            connection, SocksClientHandshake.ForTransport(SocksVersion.Socks5, _target.EndPoint, PtArguments.Empty), Deadline.Token)
            .Within("the chain answers");
        Assert.True(outcome.Completed, outcome.Why.ToString());
    }

    private static ConnectionListener Listen(Func<SocketConnection, CancellationToken, Task> serve) =>
        ConnectionListener.Start(new(IPAddress.Loopback, 0), Shared.Pollers, new(1000, TimeProvider.System, new LogRecorder()), serve);

    private async Task ServeAsync(SocketConnection peer, CancellationToken stopping)
    {
        var handshake = new SocksServerHandshake(new SocksCredentialPolicy.TransportArguments());
        await HandshakeRunner.RunAsync(peer, handshake, stopping);
        await using var onward = SocketConnection.Of(await _serve(peer, handshake.Request!.Target), Shared.Pollers);
        await Relay.RunAsync(peer, onward, new() { Pipes = Shared.Pipes, LingerTimeout = TimeSpan.FromSeconds(1) }, stopping);
    }

    private static async Task<Socket> DialThenGrantAsync(SocketConnection peer, EndPoint target)
    {
        Socket dialled = Dial(target);
        await GrantAsync(peer);
        return dialled;
    }

    private static Task GrantAsync(SocketConnection peer) =>
        SocksReplies.SendAsync(peer, SocksVersion.Socks5, SocksReplyCode.Succeeded, Deadline.Token);

    private static Socket Dial(EndPoint target)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(target);
        return socket;
    }

    private sealed class Recorder : IPlaitObserver
    {
        private readonly ConcurrentQueue<PlaitEvent> _events = new();
        private readonly TaskCompletionSource _found = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Found => _found.Task;

        internal IEnumerable<PlaitEvent.GrantQualityFound> FoundGrants => _events.OfType<PlaitEvent.GrantQualityFound>();

        internal IEnumerable<GrantQuality> Grants => _events.OfType<PlaitEvent.ConnectionOpened>().Select(opened => opened.Grant);

        public void OnEvent(PlaitEvent happened)
        {
            _events.Enqueue(happened);
            if (happened is PlaitEvent.GrantQualityFound)
            {
                _found.TrySetResult();
            }
        }
    }
}
