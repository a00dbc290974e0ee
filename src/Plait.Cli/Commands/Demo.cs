using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Hosting;
using Plait.Native;
using Plait.Processes;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
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
    long Outward,
    long Inward,
    IPEndPoint? AddressToldToTor);

/// <summary>What the demonstration is asked for.</summary>
/// <param name="Chain">A chain <c>a|b</c>, or a name that the plaitrc explains; null for the usual one.</param>
/// <param name="File">The plaitrc; null for obfs4proxy's transports and those inside Plait.</param>
/// <param name="Mebibytes">How much is sent each way, in MiB, unless a duration is given.</param>
/// <param name="Duration">For how long bytes are sent; null for an amount.</param>
internal sealed record DemoRequest(string? Chain, string? File, int Mebibytes, TimeSpan? Duration);

/// <summary>What one hop did.</summary>
internal sealed record HopReport(string Transport, string Process, JointKind Joint, TimeSpan SetUp, long Outward, long Inward);

/// <summary>
/// A bridge side and a client side of Plait in this process, with real transports between them and a stand-in for tor's
/// Extended ORPort after the bridge. Sends random bytes both ways at once and compares them.
/// </summary>
internal static class Demo
{
    // For starting and opening, and for the slowest transports: with a mebibyte a second they need no more.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    internal static async Task<DemoResult> RunAsync(DemoRequest request, EventLog? log, CancellationToken cancellationToken)
    {
        DemoChain chain = DemoChain.Choose(request);
        TimeSpan limit = s_patience + (request.Duration ?? TimeSpan.FromSeconds(request.Mebibytes));
        using var deadline = new TimeLimit(TimeProvider.System, limit, cancellationToken);
        DirectoryInfo state = Directory.CreateTempSubdirectory("plait-demo-");
        try
        {
            return await RunAsync(chain, request, state.FullName, log, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DemoException($"the demonstration did not end within {limit.TotalSeconds:0} s; send less with --size or --seconds");
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private static Func<long, bool> Until(DemoRequest request)
    {
        System.Diagnostics.Stopwatch? clock = null; // from the first piece on
        return request.Duration is { } duration ? _ => (clock ??= System.Diagnostics.Stopwatch.StartNew()).Elapsed < duration : sent => sent < (long)request.Mebibytes << 20;
    }

    private static async Task<DemoResult> RunAsync(
        DemoChain chain, DemoRequest request, string state, EventLog? log, CancellationToken cancellationToken)
    {
        DemoFlow outward = new(Until(request)), inward = new(Until(request));
        await using var pollers = new PollerSet(); // of what stands in for tor; each side has its own
        await using var tor = new DemoTor(Path.Combine(state, "cookie"), pollers, inward, outward);
        var bridgeWatch = new DemoWatch();
        await using ServerHost bridge = await ServerHost.StartAsync(
            new() { Configuration = chain.Configuration, Observer = Observed(bridgeWatch, log, PtRole.Server), LibraryHost = OwnProgram.Path },
            new()
            {
                Transports = [chain.Name],
                StateLocation = Path.Combine(state, "bridge"),
                BindAddresses = new Dictionary<string, IPEndPoint> { [chain.Name] = new(IPAddress.Loopback, 0) },
                ExtendedServerPort = tor.EndPoint,
                AuthCookieFile = tor.CookieFile,
            },
            cancellationToken);
        ChainStart.Listening bridgeChain = Listening(bridge);

        var clientWatch = new DemoWatch();
        await using ClientHost client = await ClientHost.StartAsync(
            new() { Configuration = chain.Configuration, Observer = Observed(clientWatch, log, PtRole.Client), LibraryHost = OwnProgram.Path },
            new() { Transports = [chain.Name], StateLocation = Path.Combine(state, "client") },
            cancellationToken);

        var opening = System.Diagnostics.Stopwatch.StartNew();
        await using SocketConnection application = await DialAsync(
            Listening(client).EndPoint, bridgeChain.EndPoint, bridgeChain.Arguments, clientWatch, pollers, cancellationToken);
        TimeSpan setUp = opening.Elapsed;
        await tor.Connected.WaitAsync(cancellationToken);

        var transfer = System.Diagnostics.Stopwatch.StartNew();
        await AllOrFirstFailureAsync(
            outward.SendAsync(application, cancellationToken),
            inward.ReceiveAsync(application, cancellationToken),
            tor.Received.WaitAsync(cancellationToken));
        return new(
            chain.Hops, chain.Remark, clientWatch.Report(), bridgeWatch.Report(), setUp, transfer.Elapsed,
            outward.Total, inward.Total, tor.ClientAddress);
    }

    /// <summary>Not Task.WhenAll: where one direction fails, the other may stand still.</summary>
    internal static async Task AllOrFirstFailureAsync(params Task[] tasks)
    {
        await foreach (Task ended in Task.WhenEach(tasks))
        {
            await ended;
        }
    }

    /// <summary>Asks the client's SOCKS port as tor would.</summary>
    private static async Task<SocketConnection> DialAsync(
        IPEndPoint socks, IPEndPoint bridge, PtArguments arguments, DemoWatch watch, PollerSet pollers, CancellationToken cancellationToken)
    {
        var connection = SocketConnection.Of(new Socket(socks.AddressFamily, SocketType.Stream, ProtocolType.Tcp), pollers);
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

    private static ChainStart.Listening Listening(IPlaitHost host) => host.Chains[0] switch
    {
        ChainStart.Listening { Refusing: { } failure } => throw new ChainException(failure),
        ChainStart.Listening listening => listening,
        ChainStart.Failed failed => throw new ChainException(failed.Failure),
        _ => throw new InvalidOperationException("A start of a new kind."),
    };
}
