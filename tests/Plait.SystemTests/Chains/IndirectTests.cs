using System.Net;
using System.Net.Sockets;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Chains;

/// <summary>Indirect transports before the wire: which dial belongs to which connection, and what ends what.</summary>
public class IndirectTests
{
    private const byte Good = (byte)'g';
    private const byte Other = (byte)'o';

    [Fact]
    public async Task GoodAndDeadBridge_AskedTogether_TheGoodOneIsNeverRefused()
    {
        await using UpgradeServer service = UpgradeServer.Start(Good);
        await using IndirectPair pair = await IndirectPair.StartAsync(FieldPrograms.Lyrebird, "webtunnel");
        Bridge bridge = await pair.AddBridgeAsync(service.EndPoint);
        using var closed = new ClosedPort();

        for (int round = 0; round < 40; round++)
        {
            Task<Socket> refused = pair.OpenAsync(bridge, "http://dead.example/p", closed.EndPoint);
            using Socket socket = await pair.OpenAsync(bridge, "http://good.example/p");
            await AssertReachesAsync(socket, Good);
            await Assert.ThrowsAsync<SocksRefusedException>(() => refused);
        }

        var failed = await pair.Recorder.WaitForAsync<PlaitEvent.ConnectionFailed>();
        Assert.Equal((1, FailureCause.Refused), (failed.Failure.Hop, failed.Failure.Cause)); // of the wire hop, not of webtunnel
        AssertNothingFalse(pair);
    }

    [Fact]
    public async Task Open_BlackHoledNeighbour_DoesNotDelayTheGoodOne()
    {
        await using UpgradeServer service = UpgradeServer.Start(Good);
        await using IndirectPair pair = await IndirectPair.StartAsync(FieldPrograms.Lyrebird, "webtunnel", "OpenTimeout 300 seconds");
        Bridge bridge = await pair.AddBridgeAsync(service.EndPoint);
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(); // takes connections, and says nothing

        Task<Socket> hole = pair.OpenAsync(bridge, "http://hole.example/p", (IPEndPoint)silent.LocalEndPoint!);
        for (int round = 0; round < 12; round++)
        {
            using Socket socket = await pair.OpenAsync(bridge, "http://good.example/p");
            await AssertReachesAsync(socket, Good);
        }

        Assert.False(hole.IsCompleted);
        AssertNothingFalse(pair);
        silent.Dispose(); // and resets what it has not accepted
        await Assert.ThrowsAsync<SocksRefusedException>(() => hole);
    }

    [Fact]
    public async Task Open_TwelveAtOnce_NoneIsLost()
    {
        await using UpgradeServer service = UpgradeServer.Start(Good);
        await using IndirectPair pair = await IndirectPair.StartAsync(FieldPrograms.Lyrebird, "webtunnel");
        Bridge bridge = await pair.AddBridgeAsync(service.EndPoint);

        Socket[] sockets = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => pair.OpenAsync(bridge, "http://good.example/p")));
        foreach (Socket socket in sockets)
        {
            await AssertReachesAsync(socket, Good);
            socket.Dispose();
        }

        AssertNothingFalse(pair);
        Assert.Equal(2, pair.Client.Counters.Processes); // webtunnel and obfs4
    }

    [Fact]
    public async Task Open_TwoBridgesOfOneUrl_EachConnectionReachesItsOwn()
    {
        await using UpgradeServer good = UpgradeServer.Start(Good);
        await using UpgradeServer other = UpgradeServer.Start(Other);
        await using IndirectPair pair = await IndirectPair.StartAsync(FieldPrograms.Lyrebird, "webtunnel");
        Bridge first = await pair.AddBridgeAsync(good.EndPoint);
        Bridge second = await pair.AddBridgeAsync(other.EndPoint);

        async Task ReachAsync(Bridge bridge, byte name)
        {
            using Socket socket = await pair.OpenAsync(bridge, "http://one.example/p");
            await AssertReachesAsync(socket, name);
        }

        for (int round = 0; round < 5; round++)
        {
            await Task.WhenAll(ReachAsync(first, Good), ReachAsync(second, Other), ReachAsync(first, Good), ReachAsync(second, Other));
        }

        AssertNothingFalse(pair);
        Assert.Equal(3, pair.Client.Counters.Processes); // webtunnel for each way on, and obfs4
    }

    [Fact]
    public async Task Open_WithoutAUrl_EachWayOnHasAProcessOfItsOwn()
    {
        await using EchoServer elsewhere = EchoServer.Start();
        string plaitrc = Plaitrc.WithDummy($"--dial {elsewhere.EndPoint}", "", more: "IndirectTransport plain");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["plain_obfs4"]);
        await using SourceAddressForwarder door = SourceAddressForwarder.Start(pair.BridgeChain("plain_obfs4").EndPoint);

        using Socket direct = await pair.OpenAsync("plain_obfs4");
        using Socket through = await pair.OpenAsync("plain_obfs4", door.EndPoint);
        await PtPair.AssertEchoAsync(direct);
        await PtPair.AssertEchoAsync(through);

        Assert.Single(door.Connections);
        Assert.Equal(3, pair.Client.Counters.Processes);
        Assert.Empty(elsewhere.Accepted);
        Assert.Equal(0, pair.Client.Counters.Leaks);
    }

    [Fact]
    public async Task Meek_TwentyMebibytes_AreMoved()
    {
        await using MeekEcho service = MeekEcho.Start();
        await using IndirectPair pair = await IndirectPair.StartAsync(Programs.Require("obfs4proxy"), "meek_lite");
        Bridge bridge = await pair.AddBridgeAsync(service.EndPoint);

        using Socket socket = await pair.OpenAsync(bridge, "http://front.example/p");
        for (int part = 0; part < 20; part++)
        {
            await PtPair.AssertEchoAsync(socket, 1 << 20);
        }

        Assert.Single(service.Requests.Snapshot().Distinct());
        Assert.Equal(0, pair.Client.Counters.Leaks);
    }

    [Fact]
    public async Task MeekSession_IdleBetweenItsConnections_StaysIntact()
    {
        await using MeekEcho service = MeekEcho.Start();
        await using IndirectPair pair = await IndirectPair.StartAsync(Programs.Require("obfs4proxy"), "meek_lite", "LingerTimeout 50 msec");
        Bridge bridge = await pair.AddBridgeAsync(service.EndPoint);

        using (Socket socket = await pair.OpenAsync(bridge, "http://front.example/p"))
        {
            await PtPair.AssertEchoAsync(socket, 5000);
            // Empty polls, each on a connection of its own and half as far again from the one before as that was (K6).
            await service.Requests.WaitForCountAsync(service.Requests.Count + 6);
            await PtPair.AssertEchoAsync(socket, 7000);
        }

        var ended = await pair.Recorder.WaitForAsync<PlaitEvent.ConnectionEnded>();
        Assert.Equal((12000, 12000), (ended.Outward, ended.Inward));
        Assert.Null(ended.Failure);
        var opened = await pair.Recorder.WaitForAsync<PlaitEvent.ConnectionOpened>();
        Assert.InRange(opened.Hops[1].Outward, 12000, long.MaxValue); // with meek's own words
        Assert.InRange(opened.Hops[1].Inward, 12000, long.MaxValue);
        Assert.Single(service.Requests.Snapshot().Distinct());
    }

    [Fact]
    public async Task Counters_ConnectionsHaveEnded_NothingIsLeft()
    {
        await using UpgradeServer service = UpgradeServer.Start(Good);
        await using IndirectPair pair = await IndirectPair.StartAsync(
            FieldPrograms.Lyrebird, "webtunnel", "LingerTimeout 1 second"); // lyrebird does not pass an end on (TG1)
        Bridge bridge = await pair.AddBridgeAsync(service.EndPoint);
        using (Socket socket = await pair.OpenAsync(bridge, "http://good.example/p"))
        {
            await AssertReachesAsync(socket, Good);
        }

        await Deadline.PollAsync(
            () => pair.Client.Counters is { Connections: 0, JointConnections: 0, Tickets: 0 } && service.Open == 0 ? "idle" : null,
            "nothing left", details: () => $"{pair.Client.Counters}");
    }

    private static async Task AssertReachesAsync(Socket socket, byte name)
    {
        await socket.WriteAllAsync(new byte[] { 0 });
        Assert.Equal([name], await socket.ReadExactlyAsync(1).Within("the name of what it reached"));
        await PtPair.AssertEchoAsync(socket);
    }

    /// <summary>No false leak, and nothing false remembered of a transport that grants when its connection stands.</summary>
    private static void AssertNothingFalse(IndirectPair pair)
    {
        Assert.Equal(0, pair.Client.Counters.Leaks);
        Assert.Equal(0, pair.Client.Counters.Provisional);
        Assert.DoesNotContain(pair.Recorder.Events, each => each is PlaitEvent.GrantQualityFound);
    }
}
