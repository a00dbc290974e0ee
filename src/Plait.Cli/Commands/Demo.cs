using System.Net;
using System.Net.Sockets;
using Plait.Chains;
using Plait.Configuration;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics;
using Plait.Hosting;
using Plait.Native;
using Plait.Processes;
using Plait.Wire.Pt;
using Plait.Wire.Socks;

namespace Plait.Cli.Commands;

/// <summary>The demonstration cannot go on; the message says why.</summary>
internal sealed class DemoException(string message) : Exception(message);

/// <summary>What the demonstration showed.</summary>
internal sealed record DemoResult(
    string Chain,
    string Remark,
    HopReport[] Client,
    HopReport[] Bridge,
    TimeSpan SetUp,
    TimeSpan Transfer,
    int Bytes,
    IPEndPoint? AddressToldToTor);

/// <summary>What one hop did.</summary>
internal sealed record HopReport(string Transport, string Process, JointKind Joint, TimeSpan SetUp, long Outward, long Inward);

/// <summary>
/// A bridge side and a client side of Plait in this process, with real transports between them and a stand-in for tor's
/// Extended ORPort behind the bridge. Sends random bytes both ways at once and compares them.
/// </summary>
internal static class Demo
{
    private const int Megabytes = 16;
    private const string Alias = "demo";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    internal static async Task<DemoResult> RunAsync(string? chain, EventLog? log, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_patience);
        bool installed = ProgramFile.Find("obfs4proxy").Path is not null;
        string remark = installed ? "" : "obfs4proxy is not installed (apt-get install obfs4proxy); the in-process b64 stands in";
        string hops = chain ?? (installed ? "obfs3|obfs4" : "b64");
        PlaitConfiguration configuration = Configure(hops, installed);

        DirectoryInfo state = Directory.CreateTempSubdirectory("plait-demo-");
        try
        {
            return await RunAsync(configuration, hops, remark, state.FullName, log, deadline.Token);
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private static PlaitConfiguration Configure(string hops, bool installed)
    {
        string plugins = installed
            ? "ClientTransportPlugin obfs2,obfs3,obfs4 exec obfs4proxy\nServerTransportPlugin obfs2,obfs3,obfs4 exec obfs4proxy\n"
            : "";
        ConfigurationResult result = PlaitConfiguration.Parse($"{plugins}Alias {Alias} {hops}\n", "demo");
        return result.Problems is [var first, ..] ? throw new DemoException(first.What + ". " + first.Instead) : result.Configuration;
    }

    private static async Task<DemoResult> RunAsync(
        PlaitConfiguration configuration, string hops, string remark, string state, EventLog? log, CancellationToken cancellationToken)
    {
        byte[] outward = SecureRandom.Bytes(Megabytes << 20);
        byte[] inward = SecureRandom.Bytes(Megabytes << 20);
        await using var tor = new DemoTor(Path.Combine(state, "cookie"), inward, outward.Length);
        var bridgeWatch = new DemoWatch();
        await using ServerHost bridge = await ServerHost.StartAsync(
            new() { Configuration = configuration, Observer = Observed(bridgeWatch, log, PtRole.Server) },
            new()
            {
                Transports = [Alias],
                StateLocation = Path.Combine(state, "bridge"),
                BindAddresses = new Dictionary<string, IPEndPoint> { [Alias] = new(IPAddress.Loopback, 0) },
                ExtendedServerPort = tor.EndPoint,
                AuthCookieFile = tor.CookieFile,
            },
            cancellationToken);
        ChainStart.Listening bridgeChain = Listening(bridge);

        var clientWatch = new DemoWatch();
        await using ClientHost client = await ClientHost.StartAsync(
            new() { Configuration = configuration, Observer = Observed(clientWatch, log, PtRole.Client) },
            new() { Transports = [Alias], StateLocation = Path.Combine(state, "client") },
            cancellationToken);

        var opening = System.Diagnostics.Stopwatch.StartNew();
        await using SocketConnection application = await DialAsync(
            Listening(client).EndPoint, bridgeChain.EndPoint, bridgeChain.Arguments, clientWatch, cancellationToken);
        TimeSpan setUp = opening.Elapsed;
        await tor.Connected.WaitAsync(cancellationToken);

        var transfer = System.Diagnostics.Stopwatch.StartNew();
        Task sending = application.WriteAsync(outward, cancellationToken).AsTask();
        byte[] received = await ReadAsync(application, inward.Length, cancellationToken);
        await sending;
        byte[] arrived = await tor.Received.WaitAsync(cancellationToken);
        if (!received.AsSpan().SequenceEqual(inward) || !arrived.AsSpan().SequenceEqual(outward))
        {
            throw new DemoException("the bytes that arrived are not the bytes that were sent");
        }

        return new(
            hops, remark, clientWatch.Report(), bridgeWatch.Report(), setUp, transfer.Elapsed, outward.Length, tor.ClientAddress);
    }

    /// <summary>Asks the client's SOCKS port as tor would.</summary>
    private static async Task<SocketConnection> DialAsync(
        IPEndPoint socks, IPEndPoint bridge, PtArguments arguments, DemoWatch watch, CancellationToken cancellationToken)
    {
        var connection = new SocketConnection(new Socket(socks.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        await connection.ConnectAsync(socks, cancellationToken);
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(
            connection, SocksClientHandshake.ForTransport(SocksVersion.Socks5, bridge, arguments), cancellationToken);
        await Poller.LeaveAsync();
        if (outcome.Completed)
        {
            return connection;
        }

        await connection.DisposeAsync();
        throw watch.Failure is { } failure ? new ChainException(failure) : new DemoException($"the chain was refused: {outcome.Why}");
    }

    private static IPlaitObserver Observed(DemoWatch watch, EventLog? log, PtRole role) =>
        log is null ? watch : new PlaitObservers(watch, log.Of(role));

    /// <summary>Reads exactly <paramref name="length"/> bytes.</summary>
    internal static async Task<byte[]> ReadAsync(ByteConnection connection, int length, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[length];
        for (int held = 0; held < length;)
        {
            int count = await connection.ReadAsync(bytes.AsMemory(held), cancellationToken);
            held += count > 0 ? count : throw new DemoException($"the chain ended after {held} of {length} bytes");
        }

        return bytes;
    }

    private static ChainStart.Listening Listening(IPlaitHost host) => host.Chains[0] switch
    {
        ChainStart.Listening { Refusing: { } failure } => throw new ChainException(failure),
        ChainStart.Listening listening => listening,
        ChainStart.Failed failed => throw new ChainException(failed.Failure),
        _ => throw new InvalidOperationException("A start of a new kind."),
    };
}
