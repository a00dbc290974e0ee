using System.Net;
using System.Net.Sockets;
using Plait.Hosting;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Chains;

/// <summary>Which joint a client program gets, and what the joints do with transports that behave otherwise than obfs4proxy.</summary>
public class ClientJointTests
{
    [Theory]
    [InlineData("")]
    [InlineData("--proxy-error")] // says that it takes no proxy
    [InlineData("--proxy-silent")] // ignores it: would go around the chain if it were believed
    [InlineData("--socks4")]
    [InlineData("--proxy-error --socks4")]
    [InlineData("--early-grant")]
    [InlineData("--proxy-error --early-grant")]
    public async Task Open_EveryKindOfProgram_StandsAnywhereInAChain(string flags)
    {
        string[] chains = ["plain_obfs4", "obfs4_plain", "obfs3_plain_obfs4", "plain_plain"];
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy(flags, ""), chains);

        foreach (string chain in chains)
        {
            using Socket socket = await pair.OpenAsync(chain);
            await PtPair.AssertEchoAsync(socket, 50_000);
        }

        Assert.Equal(0, pair.Client.Counters.Leaks);
    }

    [Theory]
    [InlineData("plain_obfs4", "--lazy")]
    [InlineData("obfs4_plain", "--lazy")]
    [InlineData("plain_obfs4", "--lazy --proxy-error")]
    public async Task Open_ProgramDialsOncePayloadFlows_IsGrantedProvisionally(string chain, string flags)
    {
        await using ChainPair pair =
            await ChainPair.StartAsync(Plaitrc.WithDummy(flags, "", more: "LazyDialGrace 200 msec"), [chain]);

        using Socket socket = await pair.OpenAsync(chain); // would wait for tor while tor waits for it (C5)

        await PtPair.AssertEchoAsync(socket);
        Assert.Equal(1, pair.Client.Counters.Provisional);
    }

    [Fact]
    public async Task DeclaredIndirect_InTheMiddleWithAProxyJoint_GoesOnToTheNextHop()
    {
        await using EchoServer elsewhere = EchoServer.Start();
        string plaitrc = Plaitrc.WithDummy($"--dial {elsewhere.EndPoint}", "", more: "IndirectTransport plain");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["plain_obfs4"]);

        using Socket socket = await pair.OpenAsync("plain_obfs4");

        await PtPair.AssertEchoAsync(socket);
        Assert.Empty(elsewhere.Accepted); // what it dialled is not where its bytes went
        Assert.Single(pair.Tor.Introductions);
    }

    [Fact]
    public async Task DeclaredIndirect_AtTheWire_GoesWhereItLikes()
    {
        await using EchoServer elsewhere = EchoServer.Start();
        string plaitrc = Plaitrc.WithDummy($"--dial {elsewhere.EndPoint}", "", more: "IndirectTransport plain");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["plain"]);

        using Socket socket = await pair.OpenAsync("plain");

        await PtPair.AssertEchoAsync(socket);
        Assert.Single(elsewhere.Accepted);
    }

    [Fact]
    public async Task Open_UndeclaredIndirect_IsRefusedAsALeak()
    {
        await using EchoServer elsewhere = EchoServer.Start();
        await using ChainPair pair =
            await ChainPair.StartAsync(Plaitrc.WithDummy($"--dial {elsewhere.EndPoint}", ""), ["plain", "plain_obfs4"]);

        await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync("plain"));
        await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync("plain_obfs4"));

        Assert.Empty(elsewhere.Accepted);
        Assert.Equal(2, pair.Client.Counters.Leaks);
        await pair.Log.WaitForAsync(line => line.Contains("IndirectTransport", StringComparison.Ordinal), "what to declare");
    }

    [Theory]
    [InlineData("--leak")]
    [InlineData("--two-dials")]
    public async Task Open_ProgramDialsMoreThanAsked_TheSurplusIsRefused(string flag)
    {
        await using EchoServer elsewhere = EchoServer.Start();
        string flags = flag == "--leak" ? $"--leak {elsewhere.EndPoint}" : flag;
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy(flags, ""), ["plain_obfs4"]);

        using Socket socket = await pair.OpenAsync("plain_obfs4");

        await PtPair.AssertEchoAsync(socket);
        Assert.Empty(elsewhere.Accepted);
        Assert.Single(pair.Tor.Introductions);
    }

    [Fact]
    public async Task Open_ProgramAtAShimGoesAroundTheChain_ItsAnswerIsNotPassedOn()
    {
        await using EchoServer elsewhere = EchoServer.Start();
        string plaitrc = Plaitrc.WithDummy($"--early-grant --dial {elsewhere.EndPoint}", "", "plain", Plaitrc.ForceShim, "LazyDialGrace 100 msec");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["plain_obfs4"]);

        using Socket socket = await pair.OpenAsync("plain_obfs4"); // granted, provisionally
        await socket.WriteAllAsync(new byte[] { 42 });

        await Assert.ThrowsAnyAsync<Exception>(() => socket.ReadExactlyAsync(1).Within("an end, not an answer"));
        await pair.Log.WaitForAsync(line => line.Contains("go around the chain", StringComparison.Ordinal), "what it did");
    }

    [Fact]
    public async Task Start_IndirectTakesNoProxy_IsRefusedInTheMiddleWithTheReason()
    {
        string plaitrc = Plaitrc.WithDummy("--proxy-error", "", more: "IndirectTransport plain");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["plain_obfs4", "obfs4_plain"]);

        var failed = Assert.IsType<ChainStart.Failed>(pair.Client.Chains[0]);
        Assert.Contains("ignores the target", failed.Failure.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, failed.Failure.Hop);
        using Socket socket = await pair.OpenAsync("obfs4_plain");
        await PtPair.AssertEchoAsync(socket);
    }

    [Fact]
    public async Task MeekLite_AskedForItsLazyIndirectSelf_DialsThroughTheJoint()
    {
        // A real one: it dials the host of its url, once payload flows, through any proxy. No server answers as a meek
        // server here; that its dial comes to the joint, and goes where it should, is what is shown.
        await using EchoServer front = EchoServer.Start();
        string plaitrc = Plaitrc.Obfs4Proxy("ClientTransportJoint * proxy", "LazyDialGrace 200 msec")
            .Replace("ClientTransportPlugin obfs2,", "ClientTransportPlugin meek_lite,obfs2,", StringComparison.Ordinal);
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["obfs4"]);
        using var state = new TestFolder();
        await using ClientHost client = await Hosts.StartClientAsync(Hosts.Settings(plaitrc), state.Path, ["meek_lite"]);
        var chain = Assert.IsType<ChainStart.Listening>(client.Chains[0]);

        using Socket socket = await SocksClient.ConnectAsync(
            chain.EndPoint, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 443), $"url=http://{front.EndPoint}/");
        await socket.WriteAllAsync(new byte[] { 42 });

        await front.Accepted.WaitForCountAsync(1);
        Assert.Equal(0, client.Counters.Leaks);
    }

    [Fact]
    public async Task MeekLite_TwoBridgesAtOnce_BothDial()
    {
        // tor wants a target of its own for each bridge (N20); meek_lite ignores both.
        await using EchoServer one = EchoServer.Start();
        await using EchoServer other = EchoServer.Start();
        string plaitrc = Plaitrc.Obfs4Proxy("LazyDialGrace 100 msec")
            .Replace("ClientTransportPlugin obfs2,", "ClientTransportPlugin meek_lite,obfs2,", StringComparison.Ordinal);
        using var state = new TestFolder();
        await using ClientHost client = await Hosts.StartClientAsync(Hosts.Settings(plaitrc), state.Path, ["meek_lite"]);
        IPEndPoint socks = Assert.IsType<ChainStart.Listening>(client.Chains[0]).EndPoint;

        using Socket first = await SocksClient.ConnectAsync(socks, IPEndPoint.Parse("192.0.2.1:443"), $"url=http://{one.EndPoint}/");
        using Socket second = await SocksClient.ConnectAsync(socks, IPEndPoint.Parse("192.0.2.2:443"), $"url=http://{other.EndPoint}/");
        await first.WriteAllAsync(new byte[] { 1 });
        await second.WriteAllAsync(new byte[] { 2 });

        await one.Accepted.WaitForCountAsync(1);
        await other.Accepted.WaitForCountAsync(1);
        Assert.Equal(0, client.Counters.Leaks);
    }

    [Fact]
    public async Task Snowflake_TakesNoProxy_IsOnlyUsedAtTheWire()
    {
        string snowflake = Programs.Require("snowflake-client");
        string plaitrc = Plaitrc.Obfs4Proxy($"ClientTransportPlugin snowflake exec {snowflake}");
        using var state = new TestFolder();
        await using ClientHost client = await Hosts.StartClientAsync(Hosts.Settings(plaitrc), state.Path, ["obfs4_snowflake", "snowflake_obfs4", "snowflake"]);

        Assert.IsType<ChainStart.Listening>(client.Chains[0]);
        var failed = Assert.IsType<ChainStart.Failed>(client.Chains[1]);
        Assert.Contains("ignores the target", failed.Failure.ToString(), StringComparison.Ordinal);
        Assert.IsType<ChainStart.Listening>(client.Chains[2]);
    }

    [Fact]
    public async Task Open_ExternalProgram_StandsInAChainAtAShim()
    {
        await using PtHost external = PtHost.StartClient(Programs.DummyTransport, [], "plain");
        IPEndPoint socks = await external.Method("plain");
        string server = $"ServerTransportPlugin plain exec {Programs.DummyTransport}";
        string plaitrc = Plaitrc.Obfs4Proxy(server, $"ClientTransportPlugin plain socks5 {socks}");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["plain_obfs4", "obfs4_plain", "plain"]);

        await pair.AssertEchoesAsync("plain_obfs4", "obfs4_plain", "plain");
    }

    [Fact]
    public async Task Profile_ArgumentsDoNotFit_StandsInForThem()
    {
        await using ChainPair bridge = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(), ["obfs3_obfs4"]);
        string arguments = string.Join(' ', bridge.BridgeChain("obfs3_obfs4").Arguments.Select(a => $"{a.Key}={a.Value}"));
        string filler = new('x', 600); // alone more than tor can pass
        string plaitrc = Plaitrc.Obfs4Proxy($"Profile mine {arguments}", $"Profile other x-chain-0-filler={filler}");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["obfs3_obfs4"]);
        IPEndPoint target = bridge.BridgeChain("obfs3_obfs4").EndPoint;

        using Socket socket = await SocksClient.ConnectAsync(pair.Socks("obfs3_obfs4"), target, "x-chain-profile=mine");
        await PtPair.AssertEchoAsync(socket);

        await Assert.ThrowsAsync<SocksRefusedException>(
            () => SocksClient.ConnectAsync(pair.Socks("obfs3_obfs4"), target, "x-chain-profile=missing"));
        await pair.Log.WaitForAsync(line => line.Contains("Profile missing", StringComparison.Ordinal), "what to write");
    }
}
