using System.Net.Sockets;
using System.Text;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.BadInput;

/// <summary>Proxies, ports and files around Plait that are not what tor said, or not what they were.</summary>
public class SurroundingsTests
{
    [Fact]
    public async Task Start_ListenerIsTaken_FailsItsChainAlone()
    {
        await using EchoServer taken = EchoServer.Start();
        await using PlaitRun run = PlaitRun.Start(PtRole.Server, "Alias two good|good", ["two"], adapt: launch => launch with
        {
            BindAddresses = new Dictionary<string, string> { ["two"] = taken.EndPoint.ToString() },
        });

        await run.AssertErrorAsync(
            "two",
            $"hop 1 (good), launch: not permitted: dummy-transport cannot listen: another program has the port {taken.EndPoint.Port}; find and stop it: sudo ss -ltnp sport = :{taken.EndPoint.Port}");
    }

    /// <summary>With a proxy set, a chain that would go around it is not offered (G3); the others go through it.</summary>
    [Fact]
    public async Task Start_ChainCannotUseTheProxy_FailsAlone()
    {
        await using RecordingProxy proxy = RecordingProxy.Start();
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Client,
            "Plugin away socks5 127.0.0.1:9\nPlugin refuses exec DUMMY --proxy-error\nPlugin ignores exec DUMMY --proxy-silent",
            ["away", "refuses", "ignores"],
            adapt: launch => launch with { Proxy = proxy.Uri() });

        Assert.Equal(
            "hop 0 (away), launch: proxy refused: tor has an upstream proxy set, "
            + "and away would go around it: it is a program that Plait does not start, which does not let Plait dial; put a hop at the wire that lets Plait dial, or remove the proxy from torrc",
            await run.ErrorOfAsync("away"));
        const string around = "; tor has an upstream proxy set, and without it this transport would go around it"
            + "; put a hop at the wire that takes one, or remove the proxy from torrc";
        Assert.Matches($"^hop 0 .refuses., negotiation: proxy refused: .*PROXY-ERROR.*{around}$", await run.ErrorOfAsync("refuses"));
        Assert.Matches($"^hop 0 .ignores., negotiation: proxy refused: .*TOR_PT_PROXY.*{around}$", await run.ErrorOfAsync("ignores"));
        await run.AssertGoodChainAndCleanEndAsync();
        Assert.Equal(run.Target.EndPoint.ToString(), Assert.Single(proxy.Requests).Target);
    }

    [Fact]
    public async Task Open_ProxyIsGone_IsReported()
    {
        RecordingProxy proxy = RecordingProxy.Start();
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "", [], adapt: launch => launch with { Proxy = proxy.Uri() });
        await run.AssertEchoesAsync("good");
        await proxy.DisposeAsync();

        await Assert.ThrowsAsync<SocksRefusedException>(() => run.OpenAsync("good"));

        await run.LogAsync("good: hop 0 (good), outside connection: proxy refused: the upstream proxy cannot be reached: ");
        Assert.Equal(0, await run.Host.CloseStdinAndWaitAsync());
        CleanOutput.AssertUnderTor(run.Host.Lines, run.Host.Program.ErrorLines);
    }

    /// <summary>What tor can do to a bridge's connections, and the words for it.</summary>
    [Theory]
    [InlineData("denies", "good: authentication towards tor: refused: the Extended ORPort did not take the connection: ")]
    [InlineData("is gone", "good: authentication towards tor: refused: tor's port for transports does not answer")]
    [InlineData("has no cookie", "good: authentication towards tor: not permitted: tor's cookie file cannot be read; check that tor is running, and that this user may read its data directory")]
    [InlineData("has a bad cookie", "good: authentication towards tor: protocol violated: tor's cookie file is not one: ")]
    [InlineData("has another cookie", "good: authentication towards tor: protocol violated: the Extended ORPort did not take the connection: ")]
    public async Task Open_TorTakesNothing_IsReported(string what, string expected)
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Server, "", []);
        await run.AssertEchoesAsync("good");
        byte[] cookie = await File.ReadAllBytesAsync(run.Tor.CookieFile, TestContext.Current.CancellationToken);
        switch (what)
        {
            case "denies":
                run.Tor.Deny = true;
                break;
            case "is gone":
                await run.Tor.StopAsync();
                break;
            case "has no cookie":
                File.Delete(run.Tor.CookieFile);
                break;
            case "has a bad cookie":
                await File.WriteAllBytesAsync(run.Tor.CookieFile, Encoding.ASCII.GetBytes("no cookie"), TestContext.Current.CancellationToken);
                break;
            default:
                byte[] other = [.. cookie[..32], .. new byte[32]];
                await File.WriteAllBytesAsync(run.Tor.CookieFile, other, TestContext.Current.CancellationToken);
                break;
        }

        using (Socket socket = await run.OpenAsync("good"))
        {
            Assert.Empty(await EndOfAsync(socket));
        }

        await run.LogAsync(expected);
        if (what == "is gone")
        {
            Assert.Equal(0, await run.Host.CloseStdinAndWaitAsync());
            CleanOutput.AssertUnderTor(run.Host.Lines, run.Host.Program.ErrorLines);
            return;
        }

        run.Tor.Deny = false;
        await File.WriteAllBytesAsync(run.Tor.CookieFile, cookie, TestContext.Current.CancellationToken);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>Our own register of state directories is something else.</summary>
    [Theory]
    [EachRole]
    public async Task Start_RegisterIsADirectory_IsReportedWithoutATrace(PtRole role)
    {
        var folder = new TestFolder();
        Directory.CreateDirectory(folder[$"state/plait/plaitrc/{(role == PtRole.Client ? "client" : "server")}.directories"]);
        await using PlaitRun run = PlaitRun.Start(
            role, "", [], folder, launch => launch with { StateLocation = folder["state"] });

        Assert.Equal(74, await run.Host.Program.WaitForExitAsync());
        await run.Host.Program.StreamsEnded.Within("the end of the streams");
        CleanOutput.AssertUnderTor(run.Host.Lines, run.Host.Program.ErrorLines);
        Assert.StartsWith($"{run.Keyword}-ERROR good Plait cannot start: ", run.Host.Lines.Snapshot()[^2], StringComparison.Ordinal);
        Assert.Equal($"{run.Keyword}S DONE", run.Host.Lines.Snapshot()[^1]);
        Assert.StartsWith("plait: Plait cannot start: ", Assert.Single(run.Host.Program.ErrorLines), StringComparison.Ordinal);
    }

    /// <summary>A register that was edited into nonsense is no reason to stop.</summary>
    [Theory]
    [EachRole]
    public async Task Start_RegisterOfGarbage_IsTolerated(PtRole role)
    {
        var folder = new TestFolder();
        Directory.CreateDirectory(folder["state/plait/plaitrc"]);
        folder.Write($"state/plait/plaitrc/{(role == PtRole.Client ? "client" : "server")}.directories", "good 0 good ../../x\ngood x y\n\0\n\n");
        await using PlaitRun run = PlaitRun.Start(
            role, "", [], folder, launch => launch with { StateLocation = folder["state"] });

        await run.AssertGoodChainAndCleanEndAsync();
        Assert.False(Directory.Exists(folder["state/x"]));
    }

    /// <summary>What comes until the connection ends, by an end or by a reset.</summary>
    private static async Task<byte[]> EndOfAsync(Socket socket)
    {
        try
        {
            return await socket.ReadToEndAsync().Within("the end of the connection");
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return [];
        }
    }
}
