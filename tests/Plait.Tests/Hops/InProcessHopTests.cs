using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Hosting;
using Plait.Tests.Support;
using Plait.Transports;
using Plait.Transports.Foreign;
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

    /// <summary>As obfs4's bridge with a wrong cert: it stays silent for longer than OpenTimeout (O4-33).</summary>
    [Theory]
    [InlineData(false, "SECRET")]
    [InlineData(true, "busy")]
    public async Task Handshake_BridgeIsSilentWithinOpenTimeout_IsToldWithTheSecret(bool speaks, string word)
    {
        var transport = new TestTransport(
            async (wire, _, cancellationToken) => await WaitAsync(wire, cancellationToken),
            async (wire, _, cancellationToken) =>
            {
                await wire.WriteAsync(new byte[speaks ? 1 : 0], cancellationToken);
                return await WaitAsync(cancellationToken);
            });
        await using LoopbackChain chain = await LoopbackChain.StartAsync(
            [Hop("obfs4", transport)], clientLimits: s_soon with { OpenTimeout = TimeSpan.FromSeconds(1), HandshakeTimeout = Deadline.Limit });
        (SocketConnection tor, bool granted) = await chain.OpenAsync(PtArguments.Empty);
        await tor.DisposeAsync();
        Assert.False(granted);
        ChainFailure failure = (await chain.ClientFailure).Failure;
        AssertFailure(FailureCause.TimedOut, failure);
        Assert.Contains(word == "SECRET" ? "check the cert" : word, failure.Hint, StringComparison.Ordinal);
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

    [Fact]
    public async Task Prepare_ArgumentsWrong_FailsTheHopBeforeTheNextIsDialled()
    {
        bool dialled = false;
        var wrong = new TestTransport(null, Wrap) { Prepared = _ => throw new TransportException(FailureCause.ArgumentWrong, $"the argument cert is missing") };
        var next = new TestTransport((wire, _, _) => new(wire), Wrap) { Prepared = _ => dialled = true };
        await using LoopbackChain chain = await LoopbackChain.StartAsync([Hop("wrong", wrong), Hop("next", next)]);
        (SocketConnection tor, bool granted) = await chain.OpenAsync(PtArguments.Empty);
        await tor.DisposeAsync();
        Assert.False(granted);
        AssertFailure(FailureCause.ArgumentWrong, (await chain.ClientFailure).Failure, "the argument cert is missing");
        Assert.False(dialled);
    }

    [Fact]
    public async Task Handshake_TransportHasALimitOfItsOwn_TimesOutInTheHop()
    {
        var client = new TestTransport((_, _, cancellationToken) => WaitAsync(cancellationToken), null) { Limit = TimeSpan.FromMilliseconds(100) };
        var server = new TestTransport(null, (_, _, cancellationToken) => WaitAsync(cancellationToken)) { Limit = TimeSpan.FromMilliseconds(100) };
        await using LoopbackChain chain = await LoopbackChain.StartAsync([new("test", new TransportSource.InProcess(client, server), false, default, default, default)]);
        (SocketConnection tor, bool granted) = await chain.OpenAsync(PtArguments.Empty);
        await tor.DisposeAsync();
        Assert.False(granted);
        AssertFailure(FailureCause.TimedOut, (await chain.BridgeFailure).Failure, "its handshake with the client did not end within 0.1 s");
        AssertFailure(FailureCause.TimedOut, (await chain.ClientFailure).Failure, "its handshake with its other side on the bridge did not end within 0.1 s");
    }

    [Fact]
    public async Task Handshake_CompletesAfterItWasGivenUp_IsDisposed()
    {
        var late = new TaskCompletionSource<ByteConnection>();
        var stream = new DisposeRecorder(MemoryConnection.Pair().Here);
        await using LoopbackChain chain = await LoopbackChain.StartAsync(Hops((_, _, _) => new(late.Task), Wrap), clientLimits: s_soon with { HandshakeTimeout = Deadline.Limit });
        (SocketConnection tor, _) = await chain.OpenAsync(PtArguments.Empty);
        await tor.DisposeAsync();
        AssertFailure(FailureCause.TimedOut, (await chain.ClientFailure).Failure);
        late.SetResult(stream);
        await stream.Disposed.Within("the late stream is disposed");
    }

    [Fact]
    public async Task End_OfAConnection_DisposesTheStreamsOfBothSides()
    {
        DisposeRecorder? client = null, server = null;
        await using LoopbackChain chain = await LoopbackChain.StartAsync(Hops(
            (wire, _, _) => new(client = new DisposeRecorder(wire)), (wire, _, _) => new(server = new DisposeRecorder(wire))));
        (SocketConnection tor, bool granted) = await chain.OpenAsync(PtArguments.Empty);
        Assert.True(granted);
        await tor.SendAsync("x");
        await (await chain.ArrivalAsync()).ReceiveAsync(1);
        tor.Abort();
        await client!.Disposed.Within("the client's stream is disposed");
        await server!.Disposed.Within("the bridge's stream is disposed");
    }

    [Fact]
    public async Task Rejected_PeerSendsOn_IsReadAndThenClosedByFin()
    {
        var transport = new TestTransport(
            (wire, _, _) => new(wire),
            (_, _, _) => throw new TransportException(FailureCause.ProtocolViolated, $"the mark is missing")) { KeptFor = TimeSpan.FromMilliseconds(200) };
        await using LoopbackChain chain = await LoopbackChain.StartAsync([Hop("test", transport)]);
        SocketConnection prober = await ConnectAsync(chain.Bridge);
        await using (prober)
        {
            AssertFailure(FailureCause.ProtocolViolated, (await chain.BridgeFailure).Failure, "the mark is missing");
            await prober.SendAsync(new string('x', 100_000));
            Assert.Equal((0, false), await LengthAsync(prober));
        }
    }

    [Fact]
    public async Task Rejected_PeerEnds_IsClosedAtOnce()
    {
        var transport = new TestTransport(
            (wire, _, _) => new(wire),
            (_, _, _) => throw new TransportException(FailureCause.ProtocolViolated, $"the mark is missing")) { KeptFor = TimeSpan.FromHours(1) };
        await using LoopbackChain chain = await LoopbackChain.StartAsync([Hop("test", transport)]);
        SocketConnection prober = await ConnectAsync(chain.Bridge);
        await using (prober)
        {
            await prober.SendAsync("some bytes");
            await prober.FinishAsync();
            Assert.Equal((0, false), await LengthAsync(prober));
        }
    }

    [Fact]
    public async Task Rejected_TransportKeepsNone_IsClosedAtOnceWithoutAReset()
    {
        await using LoopbackChain chain = await LoopbackChain.StartAsync(Hops(
            Wrap, (_, _, _) => throw new TransportException(FailureCause.ProtocolViolated, $"the mark is missing")));
        SocketConnection prober = await ConnectAsync(chain.Bridge);
        await using (prober)
        {
            Assert.Equal((0, false), await LengthAsync(prober));
        }
    }

    [Fact]
    public async Task Start_ServerKeepsState_GetsTheSameDirectoryAtEachStart()
    {
        using var folder = new TemporaryFolder();
        var transport = new TestTransport(Wrap, Wrap) { KeepsState = true, Announced = Read("cert=abc") };
        List<string?> directories = [];
        for (int start = 0; start < 2; start++)
        {
            await using ServerHost bridge = await StartAsync(folder, transport with { PreparedServer = context => directories.Add(context.StateDirectory) });
            Assert.Equal("cert=abc", Assert.IsType<ChainStart.Listening>(bridge.Chains[0]).Arguments.FormatClient());
        }

        Assert.Equal(directories[0], directories[1]);
        const UnixFileMode ours = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(directories[0]!) == ours);
    }

    [Fact]
    public async Task Start_ServerRefusesItsOptions_FailsItsChainWithTheReason()
    {
        using var folder = new TemporaryFolder();
        var transport = new TestTransport(Wrap, Wrap)
        {
            PreparedServer = _ => throw new TransportException(FailureCause.ArgumentWrong, $"the option private-key is missing") { Advice = $"add it" },
        };
        await using ServerHost bridge = await StartAsync(folder, transport);
        ChainFailure failure = Assert.IsType<ChainStart.Failed>(bridge.Chains[0]).Failure;
        Assert.Equal((0, ChainStage.Launch, FailureCause.ArgumentWrong, "add it"), (failure.Hop, failure.Stage, failure.Cause, failure.Hint));
        Assert.Equal("the option private-key is missing", failure.Detail.ToString());
    }

    [Theory]
    [InlineData(typeof(SocketException), FailureCause.ProtocolViolated)]
    [InlineData(typeof(ObjectDisposedException), FailureCause.ProtocolViolated)]
    [InlineData(typeof(OperationCanceledException), FailureCause.ProtocolViolated)]
    [InlineData(typeof(IOException), FailureCause.StateNotWritable)]
    [InlineData(typeof(UnauthorizedAccessException), FailureCause.StateNotWritable)]
    public async Task Start_PreparationOfOthersThrows_FailsItsChainWithTheTypeAlone(Type type, FailureCause cause)
    {
        using var folder = new TemporaryFolder();
        Exception thrown = type == typeof(SocketException)
            ? new SocketException((int)SocketError.AccessDenied, "hidden")
            : (Exception)Activator.CreateInstance(type, "hidden")!;
        var transport = new TestTransport(Wrap, Wrap) { PreparedServer = _ => throw thrown };
        await using ServerHost bridge = await StartAsync(folder, new ForeignServerTransport("test", () => transport, keepsState: true));
        ChainFailure failure = Assert.IsType<ChainStart.Failed>(bridge.Chains[0]).Failure;
        Assert.Equal((ChainStage.Launch, cause), (failure.Stage, failure.Cause));
        Assert.Contains($"threw {type.Name}", failure.Detail.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", failure.Detail.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_PreparationCompletesAfterItsLimit_IsDisposed()
    {
        using var folder = new TemporaryFolder();
        using var release = new ManualResetEventSlim();
        var disposed = new TaskCompletionSource();
        var transport = new TestTransport(Wrap, Wrap)
        {
            PreparedServer = _ => release.Wait(Deadline.Token), // heeds no cancellation, and waits in place
            Disposed = () => disposed.TrySetResult(),
        };
        var limits = new Limits { StartTimeout = TimeSpan.FromMilliseconds(50) };
        await using ServerHost bridge = await StartAsync(folder, new ForeignServerTransport("test", () => transport, keepsState: false), limits);
        Assert.Equal(FailureCause.TimedOut, Assert.IsType<ChainStart.Failed>(bridge.Chains[0]).Failure.Cause);
        release.Set();
        await disposed.Task.Within("what was prepared late is disposed");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handshake_OfOthersWaitsInPlace_TimesOutInTheHop(bool inPreparation)
    {
        using var release = new ManualResetEventSlim();
        void Hang() => release.Wait(Deadline.Token);
        var transport = new TestTransport(
            (wire, _, _) =>
            {
                Hang();
                return new(wire);
            }, Wrap) { Prepared = _ => (inPreparation ? Hang : (Action)(() => { }))() };
        TransportDeclaration hop = new(
            "test", new TransportSource.InProcess(new ForeignClientTransport("test", transport), transport), false, default, default, default);
        await using LoopbackChain chain = await LoopbackChain.StartAsync([hop], clientLimits: s_soon with { HandshakeTimeout = Deadline.Limit });
        (SocketConnection tor, bool granted) = await chain.OpenAsync(PtArguments.Empty);
        await tor.DisposeAsync();
        Assert.False(granted);
        Assert.Equal(FailureCause.TimedOut, (await chain.ClientFailure).Failure.Cause);
        release.Set();
    }

    [Fact]
    public async Task Start_ServerThrowsWhatItMayNot_FailsItsChainWithoutItsMessage()
    {
        using var folder = new TemporaryFolder();
        var transport = new TestTransport(Wrap, Wrap) { PreparedServer = _ => throw new InvalidOperationException("hidden") };
        await using ServerHost bridge = await StartAsync(folder, transport);
        ChainFailure failure = Assert.IsType<ChainStart.Failed>(bridge.Chains[0]).Failure;
        Assert.Equal((0, ChainStage.Launch), (failure.Hop, failure.Stage));
        Assert.Contains("InvalidOperationException", failure.Detail.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", failure.ToString(), StringComparison.Ordinal);
    }

    private static Task<ServerHost> StartAsync(TemporaryFolder folder, IServerTransport transport, Limits? limits = null) => ServerHost.StartAsync(
        new()
        {
            Configuration = new()
            {
                Limits = limits ?? new(),
                Server = new()
                {
                    Transports = new Dictionary<string, TransportDeclaration>
                    {
                        ["test"] = new("test", new TransportSource.InProcess(null, transport), false, default, default, default),
                    },
                },
            },
        },
        new()
        {
            Transports = ["test"],
            StateLocation = folder.Path,
            BindAddresses = new Dictionary<string, IPEndPoint> { ["test"] = new(IPAddress.Loopback, 0) },
            OrPort = new(IPAddress.Loopback, 1),
        },
        Deadline.Token);

    private static async Task<SocketConnection> ConnectAsync(IPEndPoint bridge)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(bridge, Deadline.Token);
        return SocketConnection.Of(socket, Shared.Pollers);
    }

    private static async Task<(int Bytes, bool Reset)> LengthAsync(ByteConnection connection)
    {
        (byte[] bytes, bool reset) = await connection.ReceiveAllAsync().Within("the connection ends");
        return (bytes.Length, reset);
    }

    /// <summary>Reads what comes, until it is given up.</summary>
    private static async ValueTask<ByteConnection> WaitAsync(ByteConnection wire, CancellationToken cancellationToken)
    {
        while (await wire.ReadAsync(new byte[1], cancellationToken) > 0)
        {
        }

        return await WaitAsync(cancellationToken);
    }

    private static async ValueTask<ByteConnection> WaitAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException();
    }

    private static void AssertFailure(FailureCause cause, ChainFailure failure, string? detail = null)
    {
        Assert.Equal((0, ChainStage.Grant, cause), (failure.Hop, failure.Stage, failure.Cause));
        Assert.Equal(detail ?? failure.Detail.ToString(), failure.Detail.ToString());
    }

    private static TransportDeclaration[] Hops(Wrapping<ClientTransportContext> client, Wrapping<ServerTransportContext> server) =>
        [Hop("test", new TestTransport(client, server))];

    private static TransportDeclaration Hop(string name, TestTransport transport) =>
        new(name, new TransportSource.InProcess(transport, transport), false, default, default, default);

    private static ByteConnection Keep<T>(ByteConnection wire, T _) => wire;

    private static ValueTask<ByteConnection> Wrap<T>(ByteConnection wire, T context, CancellationToken cancellationToken) => new(wire);

    private static Task<ByteConnection> Never() => new TaskCompletionSource<ByteConnection>().Task;

    private static PtArguments Read(string text) =>
        PtArguments.TryParseClient(text, out PtArguments? read, out string? error) ? read : throw new FormatException(error);

    private sealed record TestTransport(Wrapping<ClientTransportContext>? OfClient, Wrapping<ServerTransportContext>? OfServer) : IClientTransport, IServerTransport
    {
        internal Action<ClientTransportContext> Prepared { get; init; } = _ => { };

        internal Action<ServerTransportContext> PreparedServer { get; init; } = _ => { };

        internal Action Disposed { get; init; } = () => { };

        internal TimeSpan? Limit { get; init; }

        public TimeSpan? HandshakeTimeout => Limit;

        internal TimeSpan? KeptFor { get; init; }

        internal PtArguments Announced { get; init; } = PtArguments.Empty;

        public string Name => "test";

        public bool KeepsState { get; init; }

        public IClientHandshake Prepare(ClientTransportContext context)
        {
            Prepared(context);
            return new Client(context, OfClient!);
        }

        public ValueTask<IPreparedServer> PrepareAsync(ServerTransportContext context, CancellationToken cancellationToken)
        {
            PreparedServer(context);
            return new(new Server(this, context));
        }

        private sealed class Client(ClientTransportContext context, Wrapping<ClientTransportContext> handshake) : IClientHandshake
        {
            public ValueTask<ByteConnection> ConnectAsync(ByteConnection wire, CancellationToken cancellationToken) => handshake(wire, context, cancellationToken);
        }

        private sealed class Server(TestTransport transport, ServerTransportContext context) : IPreparedServer
        {
            public TimeSpan? HandshakeTimeout => transport.Limit;

            public TimeSpan? ClosesRejectedAfter => transport.KeptFor;

            public PtArguments ClientArguments => transport.Announced;

            public void Dispose() => transport.Disposed();

            public ValueTask<ByteConnection> AcceptAsync(ByteConnection wire, CancellationToken cancellationToken) => transport.OfServer!(wire, context, cancellationToken);
        }
    }

    private sealed class DisposeRecorder(ByteConnection wire) : WrappedConnection(wire)
    {
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Disposed => _disposed.Task;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => Inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => Inner.WriteAsync(buffer, cancellationToken);

        public override ValueTask DisposeAsync()
        {
            _disposed.TrySetResult();
            return base.DisposeAsync();
        }
    }
}
