using System.Net;
using System.Net.Sockets;
using Plait.Hosting;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Lifecycle;

/// <summary>
/// Chains whose program cannot be started: what is announced of them (L14, M29), what they do meanwhile, and that they come to
/// work by themselves.
/// </summary>
public sealed class LateStartTests : IAsyncDisposable
{
    // While a bridge's program is gone its port is free, and a listener of another test could get it at the address that all use.
    private static readonly IPAddress s_ownAddress = new([127, 0, 61, 7]);

    private const string Soon = "RestartDelayMin 50 msec\nRestartDelayMax 100 msec\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-late-").FullName;
    private readonly ExtOrPortDouble _tor = ExtOrPortDouble.Start();

    private string Program => Path.Combine(_folder, "program");

    [Theory]
    [InlineData("exec \"$0\"", "a program that takes the proxy joint")]
    [InlineData("exec \"$0\" --proxy-error", "one that is joined by shims")]
    public async Task Client_ProgramComesLater_TheChainWorksAtTheSamePort(string script, string what)
    {
        string plaitrc = Soon + Plaitrc.Obfs4Proxy(
            $"ClientTransportPlugin plain exec {Program}", $"ServerTransportPlugin plain exec {Programs.DummyTransport}");
        await using ServerHost bridge = await StartBridgeAsync(plaitrc, "plain_obfs4", "obfs4");
        await using ClientHost client = await StartClientAsync(plaitrc, "plain_obfs4", "obfs4");
        var late = Assert.IsType<ChainStart.Listening>(client.Chains[0]);
        Assert.Contains("hop 0 (plain), launch: program missing: there is no file", late.Refusing?.ToString(), StringComparison.Ordinal);

        await Assert.ThrowsAsync<SocksRefusedException>(() => Hosts.OpenAsync(late, bridge.Chains[0])); // at once, and the others work
        using (Socket other = await Hosts.OpenAsync(client.Chains[1], bridge.Chains[1]))
        {
            await PtPair.AssertEchoAsync(other);
        }

        await InstallAsync(script.Replace("$0", Programs.DummyTransport, StringComparison.Ordinal));

        using Socket socket = await WorkingAsync(late, bridge.Chains[0]);
        await PtPair.AssertEchoAsync(socket);
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {client.Counters}");
    }

    [Fact]
    public async Task Client_ProgramThatExitsAtItsStart_IsMended()
    {
        string plaitrc = Soon + Plaitrc.Obfs4Proxy(
            $"ClientTransportPlugin plain exec {Program}", $"ServerTransportPlugin plain exec {Programs.DummyTransport}");
        await InstallAsync("echo 'no room' >&2; exit 3");
        await using ServerHost bridge = await StartBridgeAsync(plaitrc, "plain");
        await using ClientHost client = await StartClientAsync(plaitrc, "plain");
        var late = Assert.IsType<ChainStart.Listening>(client.Chains[0]);
        Assert.Contains("exited", late.Refusing?.ToString(), StringComparison.Ordinal);
        Assert.Contains("no room", late.Refusing?.ToString(), StringComparison.Ordinal);

        await InstallAsync($"exec {Programs.DummyTransport}");

        using Socket socket = await WorkingAsync(late, bridge.Chains[0]);
        await PtPair.AssertEchoAsync(socket);
    }

    [Fact]
    public async Task Client_ProgramThatIsSlow_DelaysNoOtherAndComesToWork()
    {
        string plaitrc = Soon + Plaitrc.Obfs4Proxy(
            $"ClientTransportPlugin plain exec {Program}", $"ServerTransportPlugin plain exec {Programs.DummyTransport}");
        await InstallAsync(Gated(Programs.DummyTransport));
        await using ServerHost bridge = await StartBridgeAsync(plaitrc, "plain_obfs4", "obfs4");
        var reported = new List<string>();
        await using ClientHost client = await StartClientAsync(
            plaitrc.WithLateStartGrace("50 msec"), chain => reported.Add(chain.Alias), "plain_obfs4", "obfs4");

        Assert.Equal(["obfs4", "plain_obfs4"], reported); // the one that stands first
        var late = Assert.IsType<ChainStart.Listening>(client.Chains[0]);
        Assert.Contains("hop 0 (plain), negotiation: timed out: program has not finished its start yet", late.Refusing?.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<SocksRefusedException>(() => Hosts.OpenAsync(late, bridge.Chains[0]));
        using (Socket other = await Hosts.OpenAsync(client.Chains[1], bridge.Chains[1]))
        {
            await PtPair.AssertEchoAsync(other);
        }

        OpenGate();

        using Socket socket = await WorkingAsync(late, bridge.Chains[0]);
        await PtPair.AssertEchoAsync(socket);
    }

    [Fact]
    public async Task Client_HostIsDisposedWhileAProgramIsSlow_StopsItsStart()
    {
        await InstallAsync(Gated(Programs.DummyTransport));
        ClientHost client = await StartClientAsync(
            Soon + Plaitrc.Obfs4Proxy($"ClientTransportPlugin plain exec {Program}").WithLateStartGrace("0"), "plain", "obfs4");

        await client.DisposeAsync().AsTask().Within("the host is stopped");

        Assert.All(client.Processes, process => Assert.Null(process.Running));
    }

    [Fact]
    public async Task Bridge_ProgramThatIsSlow_IsAnnouncedAsAtItsEarlierStartAndComesToWork()
    {
        string plaitrc = Soon + $"""
            {Plaitrc.Patient}
            ClientTransportPlugin obfs4 exec {Programs.Require("obfs4proxy")}
            ServerTransportPlugin obfs4 exec {Program}
            ClientTransportPlugin door exec {Programs.DummyTransport}
            ServerTransportPlugin door exec {Programs.DummyTransport}

            """;
        await InstallAsync(Gated(Programs.Require("obfs4proxy")));
        OpenGate();
        ChainStart.Listening first;
        await using (ServerHost bridge = await StartBridgeAsync(plaitrc, "obfs4", "door"))
        {
            first = Assert.IsType<ChainStart.Listening>(bridge.Chains[0]);
            Assert.Null(first.Refusing);
        }

        CloseGate();
        await using ServerHost second = await StartBridgeAsync(plaitrc.WithLateStartGrace("50 msec"), "obfs4", "door");
        var late = Assert.IsType<ChainStart.Listening>(second.Chains[0]);
        Assert.Contains("has not finished its start yet", late.Refusing?.ToString(), StringComparison.Ordinal);
        Assert.Equal(first.Arguments, late.Arguments);
        Assert.Null(Assert.IsType<ChainStart.Listening>(second.Chains[1]).Refusing);

        OpenGate();

        await using ClientHost client = await StartClientAsync(plaitrc, "obfs4");
        using Socket socket = await WorkingAsync(Assert.IsType<ChainStart.Listening>(client.Chains[0]), late);
        await PtPair.AssertEchoAsync(socket);
    }

    [Fact]
    public async Task Bridge_ProgramThatIsSlowAndHasNeverRun_IsAnError()
    {
        await InstallAsync(Gated(Programs.DummyTransport));
        await using ServerHost bridge = await StartBridgeAsync(
            Soon + Plaitrc.Obfs4Proxy($"ServerTransportPlugin door exec {Program}").WithLateStartGrace("50 msec"), "door", "obfs4");

        Assert.IsType<ChainStart.Failed>(bridge.Chains[0]); // tor would publish a bridge line without its cert, for good (M25)
        Assert.IsType<ChainStart.Listening>(bridge.Chains[1]);
    }

    /// <summary>Under tor: the lines of chains that stand do not wait for DONE.</summary>
    [Fact]
    public async Task Start_OneChainIsSlow_LinesOfTheOthersGoOutBeforeDone()
    {
        await InstallAsync(Gated(Programs.DummyTransport));
        string plaitrc = Path.Combine(_folder, "plaitrc");
        await File.WriteAllTextAsync(
            plaitrc, Plaitrc.Obfs4Proxy($"ClientTransportPlugin plain exec {Program}").WithLateStartGrace("1440 minutes"), TestContext.Current.CancellationToken);
        await using PtHost plait = PtHost.StartClient(PlaitProgram.Path, ["-f", plaitrc], "plain", "obfs4");

        await plait.Method("obfs4");
        Assert.DoesNotContain("CMETHODS DONE", plait.Lines);
        OpenGate();

        await plait.Method("plain");
        await plait.WaitForDoneAsync();
    }

    [Fact]
    public async Task Client_NameThatNothingExplains_IsAnError()
    {
        await using ClientHost client = await StartClientAsync(Plaitrc.Obfs4Proxy(), "obfs4", "obfs9");
        Assert.IsType<ChainStart.Listening>(client.Chains[0]);
        Assert.IsType<ChainStart.Failed>(client.Chains[1]);
    }

    [Fact]
    public async Task Bridge_ProgramIsGoneAfterAnUpgrade_KeepsItsBridgeLineAndComesBack()
    {
        string installed = Path.Combine(_folder, "obfs4proxy");
        string plaitrc = Soon + $"""
            ClientTransportPlugin obfs4 exec {Programs.Require("obfs4proxy")}
            ServerTransportPlugin obfs4 exec {installed}
            ClientTransportPlugin door exec {Programs.DummyTransport}
            ServerTransportPlugin door exec {Programs.DummyTransport}
            Alias two door|obfs4

            """;
        File.CreateSymbolicLink(installed, Programs.Require("obfs4proxy"));
        ChainStart.Listening first;
        await using (ServerHost bridge = await StartBridgeAsync(plaitrc, "two"))
        {
            first = Assert.IsType<ChainStart.Listening>(bridge.Chains[0]);
            Assert.Null(first.Refusing);
        }

        File.Delete(installed);
        await using ServerHost second = await StartBridgeAsync(plaitrc, "two");
        var late = Assert.IsType<ChainStart.Listening>(second.Chains[0]);

        Assert.Contains("hop 1 (obfs4), launch: program missing", late.Refusing?.ToString(), StringComparison.Ordinal);
        Assert.Equal(first.Arguments, late.Arguments); // the cert that bridge lines carry
        Assert.NotEmpty(late.Arguments);
        Assert.Equal(first.EndPoint, late.EndPoint); // and the port, which was left open
        using (var prober = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            SocketException refused = Assert.Throws<SocketException>(() => prober.Connect(late.EndPoint));
            Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode); // as where no program listens
        }

        File.CreateSymbolicLink(installed, Programs.Require("obfs4proxy"));
        await using ClientHost client = await StartClientAsync(plaitrc, "two");
        using Socket socket = await WorkingAsync(Assert.IsType<ChainStart.Listening>(client.Chains[0]), late);
        await PtPair.AssertEchoAsync(socket);
    }

    [Fact]
    public async Task Bridge_ProgramThatHasNeverRun_IsAnErrorAndNotStartedAgain()
    {
        // tor would publish a bridge line without its cert, for good (M25).
        string plaitrc = Soon + Plaitrc.Obfs4Proxy($"ServerTransportPlugin door exec {Program}");
        await using ServerHost bridge = await StartBridgeAsync(plaitrc, "door", "obfs4");

        var failed = Assert.IsType<ChainStart.Failed>(bridge.Chains[0]);
        Assert.Contains("program missing", failed.Failure.ToString(), StringComparison.Ordinal);
        Assert.IsType<ChainStart.Listening>(bridge.Chains[1]);
        Assert.Single(bridge.Processes); // obfs4proxy's
    }

    [Fact]
    public async Task Bridge_OptionsThatHaveBecomeWrong_AreAnError()
    {
        string plaitrc = Soon + Plaitrc.Obfs4Proxy();
        await using (ServerHost bridge = await StartBridgeAsync(plaitrc, "obfs4"))
        {
            Assert.IsType<ChainStart.Listening>(bridge.Chains[0]);
        }

        await using ServerHost second = await StartBridgeAsync($"{plaitrc}ServerTransportOptions obfs4 iat-mode=7\n", "obfs4");
        var failed = Assert.IsType<ChainStart.Failed>(second.Chains[0]);
        Assert.Contains("invalid iat-mode", failed.Failure.ToString(), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _tor.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<Socket> WorkingAsync(ChainStart.Listening client, ChainStart bridge)
    {
        Socket? socket = null;
        await Deadline.PollAsync(
            () =>
            {
                try
                {
                    socket = Hosts.OpenAsync(client, bridge).GetAwaiter().GetResult();
                    return "works";
                }
                catch (SocksRefusedException)
                {
                    return null;
                }
            },
            "the chain works");
        return socket!;
    }

    private async Task InstallAsync(string script)
    {
        string draft = Program + ".draft"; // what is executed must not be half written
        await File.WriteAllTextAsync(draft, $"#!/bin/sh\n{script}\n");
        using var chmod = System.Diagnostics.Process.Start("chmod", ["+x", draft]);
        await chmod.WaitForExitAsync(TestContext.Current.CancellationToken);
        File.Move(draft, Program, overwrite: true);
    }

    private string Gate => Path.Combine(_folder, "gate");

    private void OpenGate() => File.WriteAllText(Gate, "");

    private void CloseGate() => File.Delete(Gate);

    /// <summary>A program that says nothing until the gate is open.</summary>
    private string Gated(string program) => $"while ! test -e {Gate}; do sleep 0.05; done; exec {program}";

    private Task<ServerHost> StartBridgeAsync(string plaitrc, params string[] chains) =>
        Hosts.StartBridgeAsync(Hosts.Settings(plaitrc), Path.Combine(_folder, "bridge"), chains, _tor, _ => new(s_ownAddress, 0));

    private Task<ClientHost> StartClientAsync(string plaitrc, params string[] chains) => StartClientAsync(plaitrc, reported: null, chains);

    private Task<ClientHost> StartClientAsync(string plaitrc, Action<ChainStart>? reported, params string[] chains) =>
        Hosts.StartClientAsync(Hosts.Settings(plaitrc) with { ChainStarted = reported }, Path.Combine(_folder, "client"), chains);
}
