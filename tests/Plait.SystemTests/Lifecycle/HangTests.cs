using System.Diagnostics;
using System.Net.Sockets;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Lifecycle;

/// <summary>A program that hangs is told from one that takes its time, and replaced.</summary>
public class HangTests
{
    private const string Soon = "HandshakeTimeout 500 msec";

    [Fact]
    public async Task ProgramIsStopped_OpeningSaysSoAndAnotherTakesItsPlace()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy("", "", more: Soon), ["plain_obfs4"]);
        int child = pair.Client.Processes.Single(process => process.Name.ToString().Contains("dummy", StringComparison.Ordinal)).Running!.Process.Id;
        using Socket open = await pair.OpenAsync("plain_obfs4");
        await PtPair.AssertEchoAsync(open);
        using (var stop = Process.Start("kill", ["-STOP", $"{child}"]))
        {
            await stop.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync("plain_obfs4"));

        await pair.Log.WaitForAsync(
            line => line.Contains("hop 0 (plain), grant: timed out: the transport's program hangs", StringComparison.Ordinal), "the reason");
        await pair.Log.WaitForAsync(line => line.Contains("because it hung", StringComparison.Ordinal), "its end");
        await Assert.ThrowsAnyAsync<Exception>(() => PtPair.AssertEchoAsync(open)); // what went through it has ended
        await pair.Log.WaitForAsync(line => line.Contains("runs again", StringComparison.Ordinal), "its successor");
        using Socket after = await pair.OpenAsync("plain_obfs4");
        await PtPair.AssertEchoAsync(after);
    }

    [Fact]
    public async Task ProgramTakesItsTimeToConnect_IsLeftAlone()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy("--never-reply", "", more: [Soon, "OpenTimeout 2 seconds"]), ["plain"]);
        int child = Assert.Single(pair.Client.Processes).Running!.Process.Id;

        await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync("plain"));

        string line = await pair.Log.WaitForAsync(line => line.Contains("timed out", StringComparison.Ordinal), "the reason");
        Assert.DoesNotContain("hangs", line, StringComparison.Ordinal);
        Assert.Equal(child, Assert.Single(pair.Client.Processes).Running?.Process.Id);
    }
}
