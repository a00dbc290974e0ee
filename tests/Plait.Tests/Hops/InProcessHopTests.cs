using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Tests.Support;
using Plait.Transports;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Hops;

/// <summary>Hops of transports inside Plait that have a handshake, in a chain of one.</summary>
public sealed class InProcessHopTests
{
    private static readonly Limits s_soon = new() { OpenTimeout = TimeSpan.FromMilliseconds(50), HandshakeTimeout = TimeSpan.FromMilliseconds(50) };

    private delegate ValueTask<ByteConnection> Wrapping<in T>(ByteConnection wire, T context, CancellationToken cancellationToken);

    [Fact]
    public async Task Handshake_IsGivenTheHopsArgumentsAndTheTarget()
    {
        ClientTransportContext? client = null;
        ServerTransportContext? server = null;
        await using LoopbackChain chain = await LoopbackChain.StartAsync(
            Hops((wire, context, _) => new(Keep(wire, client = context)), (wire, context, _) => new(Keep(wire, server = context))), options: Read("key=1;password=no"));
        (SocketConnection tor, bool granted) = await chain.OpenAsync(Read("user=me"));
        await using (tor)
        {
            await chain.ArrivalAsync();
            Assert.True(granted);
        }

        Assert.Equal(("user=me", chain.Bridge), (client!.Arguments.FormatClient(), client.Target));
        Assert.Equal(("key=1;password=no", null), (server!.Options.FormatClient(), server.StateDirectory));
        Assert.DoesNotContain("me", client.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handshake_WritesAndReads_IsFollowedByThePayload()
    {
        await using LoopbackChain chain = await LoopbackChain.StartAsync(Hops(
            async (wire, _, _) =>
            {
                await wire.SendAsync("hi?");
                return await wire.ReceiveAsync(3) == "yes" ? wire : throw new InvalidOperationException();
            },
            async (wire, _, _) =>
            {
                await wire.ReceiveAsync(3);
                await wire.SendAsync("yes");
                return wire;
            }));
        (SocketConnection tor, bool granted) = await chain.OpenAsync(PtArguments.Empty);
        await using (tor)
        {
            Assert.True(granted);
            await tor.SendAsync("payload");
            Assert.Equal("payload", await (await chain.ArrivalAsync()).ReceiveAsync(7));
        }
    }

    [Fact]
    public async Task Handshake_ClientFails_IsTheFailureOfTheHop()
    {
        await using LoopbackChain chain = await LoopbackChain.StartAsync(Hops(
            (_, _, _) => throw new TransportException(FailureCause.ArgumentWrong, $"the argument cert is missing"), Wrap));
        (SocketConnection tor, bool granted) = await chain.OpenAsync(PtArguments.Empty);
        await tor.DisposeAsync();
        Assert.False(granted);
        AssertFailure(FailureCause.ArgumentWrong, (await chain.ClientFailure).Failure, "the argument cert is missing");
    }

    [Fact]
    public async Task Handshake_ConnectionIsLost_IsTheFailureOfTheHop()
    {
        await using LoopbackChain chain = await LoopbackChain.StartAsync(Hops(
            async (wire, _, cancellationToken) =>
            {
                return await wire.ReadAsync(new byte[1], cancellationToken) > 0 ? wire : throw new EndOfStreamException();
            },
            (_, _, _) => throw new TransportException(FailureCause.ProtocolViolated, $"the client speaks something else")));
        (SocketConnection tor, bool granted) = await chain.OpenAsync(PtArguments.Empty);
        await tor.DisposeAsync();
        Assert.False(granted);
        AssertFailure(FailureCause.Reset, (await chain.ClientFailure).Failure);
        AssertFailure(FailureCause.ProtocolViolated, (await chain.BridgeFailure).Failure, "the client speaks something else");
    }

    [Fact]
    public async Task Handshake_ClientHangsAndHeedsNoDeadline_TimesOutInTheHop()
    {
        await using LoopbackChain chain = await LoopbackChain.StartAsync(Hops((_, _, _) => new(Never()), Wrap), clientLimits: s_soon with { HandshakeTimeout = Deadline.Limit });
        (SocketConnection tor, bool granted) = await chain.OpenAsync(PtArguments.Empty);
        await tor.DisposeAsync();
        Assert.False(granted);
        AssertFailure(FailureCause.TimedOut, (await chain.ClientFailure).Failure);
    }

    [Fact]
    public async Task Handshake_BridgeHangs_TimesOutInTheHopAndClosesTheConnection()
    {
        await using LoopbackChain chain = await LoopbackChain.StartAsync(Hops(Wrap, (_, _, _) => new(Never())), bridgeLimits: s_soon);
        (SocketConnection tor, _) = await chain.OpenAsync(PtArguments.Empty);
        await using (tor)
        {
            AssertFailure(FailureCause.TimedOut, (await chain.BridgeFailure).Failure);
            Assert.Empty((await tor.ReceiveAllAsync()).Bytes);
        }
    }

    private static void AssertFailure(FailureCause cause, ChainFailure failure, string? detail = null)
    {
        Assert.Equal((0, ChainStage.Grant, cause), (failure.Hop, failure.Stage, failure.Cause));
        Assert.Equal(detail ?? failure.Detail.ToString(), failure.Detail.ToString());
    }

    private static TransportDeclaration[] Hops(Wrapping<ClientTransportContext> client, Wrapping<ServerTransportContext> server) =>
        [new("test", new TransportSource.InProcess(new TestTransport(client, server), new TestTransport(client, server)), false, default, default, default)];

    private static ByteConnection Keep<T>(ByteConnection wire, T _) => wire;

    private static ValueTask<ByteConnection> Wrap<T>(ByteConnection wire, T context, CancellationToken cancellationToken) => new(wire);

    private static Task<ByteConnection> Never() => new TaskCompletionSource<ByteConnection>().Task;

    private static PtArguments Read(string text) =>
        PtArguments.TryParseClient(text, out PtArguments? read, out string? error) ? read : throw new FormatException(error);

    private sealed class TestTransport(Wrapping<ClientTransportContext> client, Wrapping<ServerTransportContext> server) : IClientTransport, IServerTransport
    {
        public string Name => "test";

        public IClientHandshake Prepare(ClientTransportContext context) => new Client(context, client);

        public ValueTask<IPreparedServer> PrepareAsync(ServerTransportContext context, CancellationToken cancellationToken) => new(new Server(context, server));

        private sealed class Client(ClientTransportContext context, Wrapping<ClientTransportContext> handshake) : IClientHandshake
        {
            public ValueTask<ByteConnection> ConnectAsync(ByteConnection wire, CancellationToken cancellationToken) => handshake(wire, context, cancellationToken);
        }

        private sealed class Server(ServerTransportContext context, Wrapping<ServerTransportContext> handshake) : IPreparedServer
        {
            public ValueTask<ByteConnection> AcceptAsync(ByteConnection wire, CancellationToken cancellationToken) => handshake(wire, context, cancellationToken);
        }
    }
}
