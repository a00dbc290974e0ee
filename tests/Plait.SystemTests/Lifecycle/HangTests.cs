using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.Cli.Managed;
using Plait.Diagnostics.Events;
using Plait.Processes;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Pt.Messages;

namespace Plait.SystemTests.Lifecycle;

/// <summary>A program that hangs is told from one that takes its time, and replaced.</summary>
public class HangTests
{
    private const string Soon = "HandshakeTimeout 2 seconds";

    [Fact]
    public async Task Client_ProgramIsStopped_IsReportedAndReplaced()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy("", "", more: Soon), ["plain_obfs4"]);
        int child = pair.Client.Processes.Single(process => process.Name.ToString().Contains("dummy", StringComparison.Ordinal)).Running!.Process.Id;
        using Socket open = await pair.OpenAsync("plain_obfs4");
        await PtPair.AssertEchoAsync(open);
        await StopAsync(child);

        await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync("plain_obfs4"));

        await pair.Log.WaitForAsync(
            line => line.Contains("hop 0 (plain), handshake: timed out: the transport's program hangs", StringComparison.Ordinal), "the reason");
        await pair.Log.WaitForAsync(line => line.Contains("because it hung", StringComparison.Ordinal), "its end");
        await Assert.ThrowsAnyAsync<Exception>(() => PtPair.AssertEchoAsync(open)); // what went through it has ended
        await pair.Log.WaitForAsync(line => line.Contains("runs again", StringComparison.Ordinal), "its successor");
        using Socket after = await pair.OpenAsync("plain_obfs4");
        await PtPair.AssertEchoAsync(after);
    }

    [Fact]
    public async Task Bridge_OneProgramIsStoppedAndOneSilent_TheStoppedOneIsReplaced()
    {
        var status = new StatusLines();
        await using ChainPair pair = await ChainPair.StartAsync(
            Plaitrc.WithDummy("", "--hang-handshake 1", more: [Soon, Plaitrc.InFront]), ["plain", "obfs4"], adapt: settings => settings with { Observer = status });
        int silent = ServerPlugin(pair, "dummy-transport"), stopped = ServerPlugin(pair, "obfs4proxy");
        using Socket ignored = await ConnectAsync(pair, "plain"); // looked at before the other
        await Deadline.PollAsync(() => pair.Bridge.Counters.Outstanding == 1 ? "accepted" : null, "the silent one has a connection");
        await StopAsync(stopped);

        using Socket waiting = await ConnectAsync(pair, "obfs4");

        await pair.Log.WaitForAsync(
            line => line.Contains("obfs4: hop 0 (obfs4), dial: timed out: the transport's program hangs: it has not accepted a connection", StringComparison.Ordinal), "the reason");
        await pair.Log.WaitForAsync(line => line.Contains("obfs4proxy ended with signal 9, by Plait, because it hung", StringComparison.Ordinal), "its end");
        await pair.Log.WaitForAsync(line => line.Contains("obfs4proxy runs again", StringComparison.Ordinal), "its successor");
        await status.Lines.WaitForAsync(
            line => line.StartsWith("STATUS TRANSPORT=obfs4 CONNECT=\"Failed\" STAGE=\"dial\" CAUSE=\"timed_out\" HOP=\"0\"", StringComparison.Ordinal), "the failure's STATUS");
        await status.Lines.WaitForAsync(line => line.StartsWith("STATUS TRANSPORT=obfs4 CHILD=\"Exited\"", StringComparison.Ordinal)
            && line.EndsWith("END=\"signal 9, by Plait, because it hung\"", StringComparison.Ordinal), "the end's STATUS");
        using Socket after = await pair.OpenAsync("obfs4");
        await PtPair.AssertEchoAsync(after);
        Assert.NotEqual(stopped, ServerPlugin(pair, "obfs4proxy"));
        Assert.Equal(silent, ServerPlugin(pair, "dummy-transport"));
        Assert.False(ignored.Poll(0, SelectMode.SelectRead)); // nothing has come, and no end either
    }

    [Fact]
    public async Task Bridge_ProgramNeverAccepts_IsReportedAndReplaced()
    {
        await using ChainPair pair = await ChainPair.StartAsync(
            Plaitrc.WithDummy("", "--never-accept", more: [Soon, Plaitrc.InFront]), ["plain"]);
        int deaf = ServerPlugin(pair, "dummy-transport");

        using Socket waiting = await ConnectAsync(pair, "plain");

        await pair.Log.WaitForAsync(
            line => line.Contains("plain: hop 0 (plain), dial: timed out: the transport's program hangs: it has not accepted a connection", StringComparison.Ordinal), "the reason");
        await pair.Log.WaitForAsync(line => line.Contains("dummy-transport runs again", StringComparison.Ordinal), "its successor");
        Assert.NotEqual(deaf, ServerPlugin(pair, "dummy-transport"));
    }

    [Fact]
    public async Task Wire_ProgramIsStoppedWithoutAConnection_AnotherListensAtItsAddress()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(Soon), ["obfs4"]);
        int stopped = ServerPlugin(pair, "obfs4proxy");
        await StopAsync(stopped);

        using Socket waiting = await ConnectAsync(pair, "obfs4");

        await pair.Log.WaitForAsync(
            line => line.Contains("obfs4proxy hangs: it has not accepted a connection on its own port for 2 s, and no byte moved meanwhile; it is killed", StringComparison.Ordinal), "the reason");
        await pair.Log.WaitForAsync(line => line.Contains("obfs4proxy ended with signal 9, by Plait, because it hung", StringComparison.Ordinal), "its end");
        await pair.Log.WaitForAsync(line => line.Contains("obfs4proxy runs again", StringComparison.Ordinal), "its successor");
        using Socket after = await pair.OpenAsync("obfs4");
        await PtPair.AssertEchoAsync(after);
        Assert.NotEqual(stopped, ServerPlugin(pair, "obfs4proxy"));
    }

    /// <summary>As tor gives it by default. Its clients' sockets have other addresses than its listener then.</summary>
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public async Task Wire_ProgramAtAllAddressesIsStopped_IsReportedAndReplaced(string address)
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(Soon), ["obfs4"], bridgeAddress: IPAddress.Parse(address));
        Assert.DoesNotContain(pair.Log, line => line.Contains("would not be noticed", StringComparison.Ordinal));
        await StopAsync(ServerPlugin(pair, "obfs4proxy"));
        using var waiting = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await waiting.ConnectAsync(new IPEndPoint(IPAddress.Loopback, pair.BridgeChain("obfs4").EndPoint.Port), TestContext.Current.CancellationToken);

        await pair.Log.WaitForAsync(line => line.Contains("obfs4proxy hangs: it has not accepted a connection", StringComparison.Ordinal), "the reason");
        await pair.Log.WaitForAsync(line => line.Contains("obfs4proxy runs again", StringComparison.Ordinal), "its successor");
    }

    [Fact]
    public async Task Wire_ProgramIsStoppedWithAConnection_IsReportedAndLeftAlone()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(Soon), ["obfs4"]);
        int stopped = ServerPlugin(pair, "obfs4proxy");
        using Socket open = await pair.OpenAsync("obfs4");
        await PtPair.AssertEchoAsync(open);
        await StopAsync(stopped);

        using Socket waiting = await ConnectAsync(pair, "obfs4");

        await pair.Log.WaitForAsync(line => line.Contains("it has connections that are open, and is left alone", StringComparison.Ordinal), "the reason");
        using (var goOn = Process.Start("kill", ["-CONT", $"{stopped}"]))
        {
            await goOn.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await PtPair.AssertEchoAsync(open);
        Assert.Equal(stopped, ServerPlugin(pair, "obfs4proxy"));
    }

    /// <summary>What any visitor of a bridge can do must not end the program: its clients' connections are in it.</summary>
    [Fact]
    public async Task Wire_ProgramIsOutOfDescriptors_IsLeftAloneAndWorksAfterwards()
    {
        string program = Programs.Require("obfs4proxy");
        string plaitrc = string.Join('\n',
            $"ClientTransportPlugin obfs4 exec {program}",
            $"ServerTransportPlugin obfs4 exec /bin/sh -c \"ulimit -n 32; exec {program}\"",
            Soon, "");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["obfs4"]);
        int flooded = Assert.Single(pair.Bridge.Processes).Running!.Process.Id;
        var flood = new List<Socket>();
        for (int number = 0; number < 100; number++)
        {
            flood.Add(await ConnectAsync(pair, "obfs4"));
        }

        await pair.Log.WaitForAsync(line => line.Contains("it has connections that are open, and is left alone", StringComparison.Ordinal), "that it accepts no more");
        flood.ForEach(socket => socket.Dispose());
        using Socket after = await pair.OpenAsync("obfs4");
        await PtPair.AssertEchoAsync(after);
        Assert.Equal(flooded, Assert.Single(pair.Bridge.Processes).Running?.Process.Id);
        Assert.DoesNotContain(pair.Log, line => line.Contains("because it hung", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_ProgramIsSlowToConnect_IsLeftAlone()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy("--never-reply", "", more: [Soon, "OpenTimeout 5 seconds"]), ["plain"]);
        int child = Assert.Single(pair.Client.Processes).Running!.Process.Id;

        await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync("plain"));

        string line = await pair.Log.WaitForAsync(line => line.Contains("timed out", StringComparison.Ordinal), "the reason");
        Assert.DoesNotContain("hangs", line, StringComparison.Ordinal);
        Assert.Equal(child, Assert.Single(pair.Client.Processes).Running?.Process.Id);
    }

    /// <summary>One greeting without an answer is no reason to end the connections of others, although no byte moves on them.</summary>
    [Fact]
    public async Task Client_GreetingUnansweredBesideAnIdleConnection_IsReportedAndLeftAlone()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy("--hang-handshake 2", "", more: Soon), ["plain_obfs4"]);
        int child = pair.Client.Processes.Single(process => process.Name.ToString().Contains("dummy", StringComparison.Ordinal)).Running!.Process.Id;
        using Socket idle = await pair.OpenAsync("plain_obfs4");

        await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync("plain_obfs4"));

        await pair.Log.WaitForAsync(
            line => line.Contains("hop 0 (plain), handshake: timed out: the transport's program hangs", StringComparison.Ordinal)
                && line.Contains("it has open connections, and is not restarted before they have ended", StringComparison.Ordinal), "the reason");
        await PtPair.AssertEchoAsync(idle);
        using Socket after = await pair.OpenAsync("plain_obfs4");
        await PtPair.AssertEchoAsync(after);
        Assert.Equal(child, pair.Client.Processes.Single(process => process.Name.ToString().Contains("dummy", StringComparison.Ordinal)).Running!.Process.Id);
        Assert.DoesNotContain(pair.Log, line => line.Contains("because it hung", StringComparison.Ordinal));
    }

    private static int ServerPlugin(ChainPair pair, string name) =>
        pair.Bridge.Processes.Single(process => process.Name.ToString() == name).Running!.Process.Id;

    /// <summary>Comes to the bridge as a stranger from the network does, and says nothing.</summary>
    private static async Task<Socket> ConnectAsync(ChainPair pair, string chain)
    {
        IPEndPoint bridge = pair.BridgeChain(chain).EndPoint;
        var socket = new Socket(bridge.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(bridge, TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>What tor would be told.</summary>
    private sealed class StatusLines : IPlaitObserver
    {
        internal Recorded<string> Lines { get; } = new("STATUS lines");

        public void OnEvent(PlaitEvent happened)
        {
            foreach (StatusMessage line in PtStatus.LinesOf(happened))
            {
                Lines.Add(line.Format());
            }
        }
    }

    private static async Task StopAsync(int processId)
    {
        using var stop = Process.Start("kill", ["-STOP", $"{processId}"]);
        await stop.WaitForExitAsync(TestContext.Current.CancellationToken);
        // One thread takes the signal and has the others stop: until then one of them may still accept.
        await Deadline.PollAsync(
            () => Directory.GetDirectories($"/proc/{processId}/task").All(thread => ProcessSignals.IsStopped(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture))) ? "stopped" : null,
            "the program has stopped");
    }
}
