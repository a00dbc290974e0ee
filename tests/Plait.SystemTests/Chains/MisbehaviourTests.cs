using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Hosting;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.Secrecy;

namespace Plait.SystemTests.Chains;

/// <summary>What a review found, and what must not come back.</summary>
public sealed class MisbehaviourTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plait-mis-").FullName;

    [Fact]
    public async Task SuccessorStartsWhileThePredecessorEnds_ItsCookieStays()
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost first = await StartBridgeAsync(tor, "obfs4");
        first.StopAccepting(); // SIGINT: it goes on with what is open, and tor has started another
        await using ServerHost second = await StartBridgeAsync(tor, "obfs4");
        await first.DisposeAsync();

        var chain = Assert.IsType<ChainStart.Listening>(second.Chains[0]);
        await using ClientHost client = await StartClientAsync(Plaitrc.Obfs4Proxy(), "obfs4");
        using Socket socket = await SocksClient.ConnectAsync(
            Assert.IsType<ChainStart.Listening>(client.Chains[0]).EndPoint, chain.EndPoint,
            [.. chain.Arguments.Select(argument => $"{argument.Key}={argument.Value}")]);
        await PtPair.AssertEchoAsync(socket);
    }

    [Fact]
    public async Task TwoMeekBridgesAtOnce_BothDial()
    {
        // tor wants a target of its own for each bridge (N20); meek_lite ignores both.
        await using EchoServer one = EchoServer.Start();
        await using EchoServer other = EchoServer.Start();
        string plaitrc = Plaitrc.Obfs4Proxy("LazyDialGrace 100 msec")
            .Replace("ClientTransportPlugin obfs2,", "ClientTransportPlugin meek_lite,obfs2,", StringComparison.Ordinal);
        await using ClientHost client = await StartClientAsync(plaitrc, "meek_lite");
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
    public async Task IndirectTransport_HasAProcessApartFromItsSiblings()
    {
        // Else a stray dial of a sibling would be taken for one of its own, and let through.
        string plaitrc = $"ClientTransportPlugin plain,other exec {Programs.DummyTransport}\nIndirectTransport other\n";
        await using ClientHost client = await StartClientAsync(plaitrc, "plain", "other");
        Assert.Equal(2, client.Counters.Processes);

        await using ClientHost direct = await StartClientAsync(plaitrc.Replace("IndirectTransport other\n", "", StringComparison.Ordinal), "plain", "other");
        Assert.Equal(1, direct.Counters.Processes);
    }

    [Fact]
    public async Task IndirectOnABridge_FillsTwoPlaces_BothWork()
    {
        string plaitrc = Plaitrc.WithDummy("", "--no-useraddr", more: "IndirectTransport plain");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["plain", "obfs4_plain"]);

        foreach (string chain in new[] { "plain", "obfs4_plain" })
        {
            using Socket socket = await pair.OpenAsync(chain);
            await PtPair.AssertEchoAsync(socket);
        }
    }

    [Fact]
    public async Task TwoTransportsOfOneProgramWithoutUserAddress_AreToldApartByTheirNames()
    {
        string plaitrc = Plaitrc.WithDummy("", "--no-useraddr", names: "plain,other");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["plain", "other"]);

        foreach (string chain in new[] { "plain", "other" })
        {
            using Socket socket = await pair.OpenAsync(chain);
            await PtPair.AssertEchoAsync(socket);
        }

        Assert.Equal(["plain", "other"], pair.Tor.Introductions.Select(introduction => introduction.Transport));
        Assert.All(pair.Tor.Introductions, introduction => Assert.Null(introduction.UserAddress));
    }

    [Fact]
    public async Task GoesAroundTheChainBehindAShim_IsCaughtWhenItAnswers()
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
    public async Task FailureBehindAProvisionalGrant_IsTold()
    {
        await using ChainPair pair = await ChainPair.StartAsync(
            Plaitrc.WithDummy("--lazy", "", more: "LazyDialGrace 100 msec"), ["plain_obfs4"]);
        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        using Socket socket = await pair.OpenAsync("plain_obfs4", nobody.LocalEndPoint);
        await socket.WriteAllAsync(new byte[] { 42 });

        string line = await pair.Log.WaitForAsync(line => line.Contains("hop 1 (obfs4)", StringComparison.Ordinal), "the reason");
        Assert.Contains("outside connection: refused", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProgramBehindAWrapperScript_DoesNotSurvive()
    {
        string wrapper = Path.Combine(_folder, "wrapper");
        File.WriteAllText(wrapper, $"#!/bin/sh\n{Programs.DummyTransport} --ignore-stdin --ignore-sigterm\n"); // no exec
        using (System.Diagnostics.Process chmod = System.Diagnostics.Process.Start("chmod", ["+x", wrapper]))
        {
            await chmod.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        ClientHost client = await StartClientAsync($"ClientTransportPlugin plain exec {wrapper}\n", "plain");
        IReadOnlyList<int> family = await ProcessTree.WaitForDescendantsAsync(
            Assert.Single(client.Processes).Running!.Process.Id, 1);

        await client.DisposeAsync();

        await ProcessTree.WaitUntilGoneAsync(family);
    }

    [Fact]
    public async Task SilentBridge_TheTimeOutNamesTheHopThatWaited()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy("OpenTimeout 500 msec"), ["obfs3_obfs4"]);
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();

        await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync("obfs3_obfs4", silent.LocalEndPoint));

        await pair.Log.WaitForAsync(line => line.Contains("hop 1 (obfs4), handshake: timed out", StringComparison.Ordinal), "the hop");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<ServerHost> StartBridgeAsync(ExtOrPortDouble tor, string chain) => ServerHost.StartAsync(
        new() { Configuration = Parse(Plaitrc.Obfs4Proxy()), Logger = new TranscriptLogger() },
        new()
        {
            Transports = [chain],
            StateLocation = Path.Combine(_folder, "bridge"),
            BindAddresses = new Dictionary<string, IPEndPoint> { [chain] = new(IPAddress.Loopback, 0) },
            ExtendedServerPort = tor.EndPoint,
            AuthCookieFile = tor.CookieFile,
        },
        TestContext.Current.CancellationToken);

    private Task<ClientHost> StartClientAsync(string plaitrc, params string[] chains) => ClientHost.StartAsync(
        new() { Configuration = Parse(plaitrc), Logger = new TranscriptLogger() },
        new() { Transports = chains, StateLocation = Path.Combine(_folder, Path.GetRandomFileName()) },
        TestContext.Current.CancellationToken);

    private static PlaitConfiguration Parse(string plaitrc)
    {
        ConfigurationResult result = PlaitConfiguration.Parse(plaitrc, "test");
        Assert.Empty(result.Problems);
        return result.Configuration;
    }
}
