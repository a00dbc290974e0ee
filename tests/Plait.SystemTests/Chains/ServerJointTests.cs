using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Hosting;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.Secrecy;
using Plait.Wire.Pt.Environments;

namespace Plait.SystemTests.Chains;

/// <summary>What the joints of a bridge do with transports that behave otherwise than obfs4proxy.</summary>
public class ServerJointTests
{
    [Theory]
    [InlineData("--unknown-commands", true)]
    [InlineData("--plain-orport", false)] // what it says of its client is nothing, and nothing is inferred
    public async Task Open_UnusualButLegal_Works(string flags, bool tellsAddress)
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy("", flags), ["plain_obfs4"]);

        using Socket socket = await pair.OpenAsync("plain_obfs4");

        await PtPair.AssertEchoAsync(socket, 50_000);
        ExtOrPortIntroduction introduction = Assert.Single(pair.Tor.Introductions);
        Assert.Equal("plain_obfs4", introduction.Transport); // the alias, not a child's name (X24)
        Assert.Equal(tellsAddress, introduction.UserAddress is not null);
    }

    [Theory]
    [InlineData("--wrong-hash")]
    [InlineData("--early-bytes")]
    public async Task Open_BreaksTheExtendedOrPortsRules_IsRefusedAndTheOtherChainWorks(string flags)
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy("", flags), ["plain", "obfs4"]);

        using (Socket refused = await pair.OpenAsync("plain"))
        {
            await Assert.ThrowsAnyAsync<Exception>(() => PtPair.AssertEchoAsync(refused));
        }

        using Socket socket = await pair.OpenAsync("obfs4");
        await PtPair.AssertEchoAsync(socket);
        Assert.DoesNotContain(pair.Tor.Introductions, introduction => introduction.Transport == "plain");
    }

    /// <summary>On a bridge, bytes are counted as they went out. Hop 0, whose stream ends first, has fewer.</summary>
    [Fact]
    public async Task ConnectionEnds_BytesAreThoseOfTheWireHop()
    {
        var recorder = new EventRecorder();
        await using (ChainPair pair = await ChainPair.StartAsync(
            Plaitrc.WithDummy("", ""), ["obfs4_plain"], adapt: settings => settings with { Observer = recorder }))
        {
            using (Socket socket = await pair.OpenAsync("obfs4_plain"))
            {
                await PtPair.AssertEchoAsync(socket, 50_000);
            }

            await pair.WaitForNothingLeftAsync();
        }

        PlaitEvent.ConnectionEnded[] ends = [.. recorder.Events.OfType<PlaitEvent.ConnectionEnded>().OrderBy(end => end.Inward)];
        Assert.Equal(2, ends.Length);
        Assert.Equal((50_000, 50_000), (ends[0].Outward, ends[0].Inward)); // the client's, as tor has them
        Assert.True(ends[1].Outward > 50_000 && ends[1].Inward > 50_000, ends[1].ToString());
    }

    /// <summary>G1: never guessed, and believed only of the transport that the network itself reaches.</summary>
    [Theory]
    [InlineData("--no-useraddr", "", "plain", null)]
    [InlineData("--no-useraddr", "", "plain_obfs4", null)]
    [InlineData("--fixed-useraddr 203.0.113.9:5678", "", "plain", "203.0.113.9:5678")]
    [InlineData("--fixed-useraddr 203.0.113.9", "", "plain", "203.0.113.9")]
    [InlineData("--fixed-useraddr :60000", "", "plain", null)] // R3
    [InlineData("--fixed-useraddr 203.0.113.9:5678", "", "plain_obfs4", null)]
    [InlineData("--fixed-useraddr 203.0.113.9:5678", Plaitrc.InFront, "plain", null)]
    public async Task UserAddress_NotThatOfTheDial_IsTakenFromTheWireAlone(string flags, string wire, string chain, string? told)
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy("", flags, more: wire), [chain]);

        using Socket socket = await pair.OpenAsync(chain);

        await PtPair.AssertEchoAsync(socket);
        Assert.Equal(told, Assert.Single(pair.Tor.Introductions).UserAddress);
    }

    /// <summary>
    /// Another user can dial the child's own port, and the plain ORPort tells nothing of who did. He gets no client's address, and no
    /// client loses anything by it: neither while he is there nor afterwards.
    /// </summary>
    [Fact]
    public async Task StrangerAtTheChildsOwnPort_PlainOrPort_GetsNoAddressAndHurtsNoClient()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy("", "--plain-orport", more: Plaitrc.ForceOrPort), ["plain_obfs4", "plain_obfs3"]);
        foreach (IPEndPoint own in pair.Bridge.Processes.Select(process => process.Running!.Methods)
            .Where(methods => methods.ContainsKey("plain")).Select(methods => methods["plain"].Address))
        {
            using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await stranger.ConnectAsync(own);
            await PtPair.AssertEchoAsync(stranger);
            foreach (string chain in new[] { "plain_obfs4", "plain_obfs3" })
            {
                using Socket client = await pair.OpenAsync(chain);
                await PtPair.AssertEchoAsync(client);
            }

            await PtPair.AssertEchoAsync(stranger);
        }

        Assert.Equal(6, pair.Tor.Introductions.Count);
        Assert.All(pair.Tor.Introductions, introduction => Assert.Null(introduction.UserAddress));
    }

    /// <summary>
    /// R4: meek's client takes a connection for each of its requests, and the session on the server goes on while there is none. It is a
    /// connection of its own: that one which began it has ended does not end it.
    /// </summary>
    [Fact]
    public async Task MeekSession_BeforeTheWire_OutlivesTheConnectionsThatCarryIt()
    {
        string obfs4proxy = Programs.Require("obfs4proxy");
        string plaitrc = string.Join('\n',
            $"ClientTransportPlugin meek_lite,obfs4 exec {obfs4proxy}",
            $"ServerTransportPlugin obfs4 exec {obfs4proxy}",
            $"ServerTransportPlugin meek_lite exec {Programs.DummyTransport} --meek",
            "Alias meek_obfs4 meek_lite|obfs4",
            "ServerTransportOptions meek_obfs4 x-chain-0-url=http://front.example/p",
            "LingerTimeout 50 msec",
            "");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["meek_obfs4"]);
        using Socket socket = await pair.OpenAsync("meek_obfs4");
        await PtPair.AssertEchoAsync(socket, 300_000); // a new connection after each answer of 64 KiB
        await Task.Delay(TimeSpan.FromMilliseconds(500), TestContext.Current.CancellationToken); // silence is what is tried: ten times LingerTimeout

        await PtPair.AssertEchoAsync(socket, 7000);

        Assert.Single(pair.Tor.Introductions);
    }

    /// <summary>R12: tor counts the addresses of connections whose client it is not told of.</summary>
    [Fact]
    public async Task Open_ClientsAreNotKnown_ComeToTorFromOneAddress()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy("", "--no-useraddr"), ["plain"]);
        for (int client = 0; client < 3; client++)
        {
            using Socket socket = await pair.OpenAsync("plain");
            await PtPair.AssertEchoAsync(socket);
        }

        Assert.All(pair.Tor.Introductions, introduction => Assert.Null(introduction.UserAddress));
        Assert.Equal([IPAddress.Loopback, IPAddress.Loopback, IPAddress.Loopback], pair.Tor.Sources);
    }

    [Fact]
    public async Task DeclaredIndirect_AtTheWire_IsBelieved()
    {
        string plaitrc = Plaitrc.WithDummy("", "--fixed-useraddr 203.0.113.9:5678", more: "IndirectTransport plain");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["obfs4_plain", "obfs4"]);

        using Socket socket = await pair.OpenAsync("obfs4_plain");

        await PtPair.AssertEchoAsync(socket);
        Assert.Equal("203.0.113.9:5678", Assert.Single(pair.Tor.Introductions).UserAddress);
    }

    [Fact]
    public async Task DeclaredIndirect_FillsTwoPlaces_BothWork()
    {
        string plaitrc = Plaitrc.WithDummy("", "--no-useraddr", more: "IndirectTransport plain");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["plain", "obfs4_plain"]);

        await pair.AssertEchoesAsync("plain", "obfs4_plain");
    }

    [Fact]
    public async Task TwoTransportsOfOneProgram_WithoutUserAddress_AreDistinguishedByName()
    {
        string plaitrc = Plaitrc.WithDummy("", "--no-useraddr", names: "plain,other");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["plain", "other"]);

        await pair.AssertEchoesAsync("plain", "other");

        Assert.Equal(["plain", "other"], pair.Tor.Introductions.Select(introduction => introduction.Transport));
        Assert.All(pair.Tor.Introductions, introduction => Assert.Null(introduction.UserAddress));
    }

    [Fact]
    public async Task Open_PositionIsNotNamed_IsRefusedWithTheReason()
    {
        await using ChainPair pair = await ChainPair.StartAsync(
            Plaitrc.WithDummy("", "--no-useraddr", more: Plaitrc.InFront), ["plain", "plain_obfs4"]);

        using (Socket refused = await pair.OpenAsync("plain"))
        {
            await Assert.ThrowsAnyAsync<Exception>(() => PtPair.AssertEchoAsync(refused));
        }

        await pair.Log.WaitForAsync(line => line.Contains("serves several places", StringComparison.Ordinal), "the reason");
        Assert.Empty(pair.Tor.Introductions);
    }

    [Fact]
    public async Task Cookie_SuccessorStartsBeforeThePredecessorEnds_Stays()
    {
        using var state = new TestFolder();
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        Task<ServerHost> StartAsync() => Hosts.StartBridgeAsync(Hosts.Settings(Plaitrc.Obfs4Proxy()), state["bridge"], ["obfs4"], tor);
        await using ServerHost first = await StartAsync();
        first.StopAccepting(); // SIGINT: it goes on with what is open, and tor has started another
        await using ServerHost second = await StartAsync();
        await first.DisposeAsync();

        await using ClientHost client = await Hosts.StartClientAsync(Hosts.Settings(Plaitrc.Obfs4Proxy()), state["client"], ["obfs4"]);
        using Socket socket = await Hosts.OpenAsync(client.Chains[0], second.Chains[0]);
        await PtPair.AssertEchoAsync(socket);
    }

    [Fact]
    public async Task PlainOrPort_FirstConnection_IsLearnedAndRemembered()
    {
        using var state = new TestFolder();
        string plaitrc = Plaitrc.WithDummy("", "--plain-orport", more: Plaitrc.InFront);
        int[] processes = new int[2];
        for (int start = 0; start < 2; start++)
        {
            await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
            await using ServerHost bridge = await Hosts.StartBridgeAsync(Hosts.Settings(plaitrc), state.Path, ["plain", "plain_obfs4"], tor);
            processes[start] = bridge.Counters.Processes;
            var chain = Assert.IsType<ChainStart.Listening>(bridge.Chains[0]);
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(chain.EndPoint); // an identity transport: the client is the bytes alone
            if (start == 0)
            {
                await Assert.ThrowsAnyAsync<Exception>(() => PtPair.AssertEchoAsync(client)); // of two chains either could be meant
                Assert.Empty(tor.Introductions);
                continue;
            }

            await PtPair.AssertEchoAsync(client);
            Assert.Null(Assert.Single(tor.Introductions).UserAddress);
        }

        Assert.Equal([2, 3], processes); // obfs4proxy, and one shared by both chains; then one for each position
    }

    [Theory]
    [InlineData("--hang-handshake 2", "")]
    [InlineData("--drop-handshake 2", "")]
    [InlineData("--hang-handshake 2", Plaitrc.ForceOrPort)]
    [InlineData("--drop-handshake 2", Plaitrc.ForceOrPort)]
    public async Task Open_EverySecondConnectionIsLost_TheOthersKeepTheirOwnAddresses(string flags, string joint)
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy("", flags, more: joint), ["plain"], tellsAddress: true);
        IPEndPoint bridge = pair.BridgeChain("plain").EndPoint;
        var waiting = new List<Socket>();
        for (int number = 1; number <= 10; number++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Bind(new IPEndPoint(new IPAddress([127, 40, 0, (byte)number]), 0));
            await client.ConnectAsync(bridge);
            await client.WriteAllAsync(new byte[] { 42 });
            if (number % 2 == 0)
            {
                waiting.Add(client); // nothing will ever come, or an end
                continue;
            }

            using (client)
            {
                byte[] told = new byte[64];
                int count = await client.ReceiveAsync(told).Within("the address that the far end was told");
                string line = System.Text.Encoding.ASCII.GetString(told, 0, count).TrimEnd('\n');
                Assert.True(line.Length == 0 || line == client.LocalEndPoint!.ToString(), $"told '{line}', is {client.LocalEndPoint}");
            }
        }

        waiting.ForEach(socket => socket.Dispose());
    }
}
