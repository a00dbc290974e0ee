using Plait.SystemTests.Doubles;
using Plait.SystemTests.Packaging;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Sip003;

/// <summary>Plait as a plugin of the real ss-local and ss-server, on both ends.</summary>
public sealed class PluginTests
{
    private const int Length = 3 << 20;

    [Fact]
    public async Task ChainOfPartsOfPlait_CurlThroughIt_GetsTheFile()
    {
        await using ShadowsocksPair pair = await ShadowsocksPair.StartAsync("obfs3|obfs4");

        await DownloadAsync(pair);

        Assert.StartsWith("chain=obfs3|obfs4;1-cert=", pair.ShownOptions);
        Assert.Equal([pair.ShownOptions], File.ReadLines(pair.PathOf("state/shadowsocks_plugin_opts.txt")));
        Assert.DoesNotContain(pair.Server.ErrorLines.Snapshot(), line => line.Contains("cert=", StringComparison.Ordinal)); // others may read the log
    }

    [Fact]
    public async Task ChainOfObfs4Proxy_CurlThroughIt_GetsTheFile()
    {
        string program = Programs.Require("obfs4proxy");
        await using ShadowsocksPair pair = await ShadowsocksPair.StartAsync(
            "obfs3|obfs4", $"ClientTransportPlugin obfs3,obfs4 exec {program}\nServerTransportPlugin obfs3,obfs4 exec {program}\n");

        await DownloadAsync(pair);

        Assert.NotEmpty(ProcessTree.Descendants(ProcessTree.Descendants(pair.Local.Id)[0])); // the programs do run
    }

    /// <summary>A plugin inside of a plugin: simple-obfs at the wire, with a name of its own in the plaitrc.</summary>
    [Fact]
    public async Task ChainWithSimpleObfs_CurlThroughIt_GetsTheFile()
    {
        await using ShadowsocksPair pair = await ShadowsocksPair.StartAsync("obfs4|veil", $"""
            ClientTransportPlugin veil sip003 options=obfs=http;obfs-host=www.example.com exec {Programs.Require("obfs-local")}
            ServerTransportPlugin veil sip003 options=obfs=http exec {Programs.Require("obfs-server")}
            """);

        await DownloadAsync(pair);
    }

    /// <summary>The chain and the long arguments stand in the plaitrc: an alias, and a profile.</summary>
    [Fact]
    public async Task AliasOfThePlaitrc_IsTheChain()
    {
        await using ShadowsocksPair pair = await ShadowsocksPair.StartAsync("mine", "Alias mine obfs3|obfs4\n");

        await DownloadAsync(pair);

        Assert.StartsWith("chain=obfs3|obfs4;1-cert=", pair.ShownOptions);
    }

    /// <summary>Both programs hand on all of their hosts (Q23): the far end listens at each, the near end goes on to one that answers.</summary>
    [Fact]
    public async Task SeveralHosts_AreListenedAtAndTried()
    {
        await using ShadowsocksPair pair = await ShadowsocksPair.StartAsync(
            "obfs3|obfs4", hosts: ["127.0.0.1", "127.0.0.2"], ask: ["127.0.0.3", "127.0.0.2"]);

        await Assert.ThrowsAnyAsync<Exception>(() => DownloadAsync(pair)); // by the first, where nothing listens
        await DownloadAsync(pair);
    }

    [Fact]
    public async Task Parent_StopsItsPlugin()
    {
        await using ShadowsocksPair pair = await ShadowsocksPair.StartAsync("obfs3|obfs4");
        int[] plugins = [.. ProcessTree.Descendants(pair.Local.Id), .. ProcessTree.Descendants(pair.Server.Id)];
        Assert.NotEmpty(plugins);

        pair.Local.Terminate();
        pair.Server.Terminate();

        await ProcessTree.WaitUntilGoneAsync(plugins);
        Assert.Equal(0, await pair.Local.WaitForExitAsync());
        Assert.Equal(0, await pair.Server.WaitForExitAsync());
    }

    /// <summary>A parent that is killed cannot tell its plugin.</summary>
    [Fact]
    public async Task Parent_Killed_ItsPluginAndProgramsEnd()
    {
        string program = Programs.Require("obfs4proxy");
        await using ShadowsocksPair pair = await ShadowsocksPair.StartAsync(
            "obfs3|obfs4", $"ClientTransportPlugin obfs3,obfs4 exec {program}\nServerTransportPlugin obfs3,obfs4 exec {program}\n");
        int[] below = [.. ProcessTree.Descendants(pair.Server.Id)];
        Assert.True(below.Length > 1);

        pair.Server.Kill();

        await ProcessTree.WaitUntilGoneAsync(below);
    }

    /// <summary>No variable of Shadowsocks changes what a person asks for.</summary>
    [Fact]
    public async Task Command_BesideTheVariables_IsRun()
    {
        Program.ProgramResult result = await Program.PublishedProgram.RunAsync(["--version"], PluginBadInputTests.Environment("chain=obfs4"));

        Assert.Equal(0, result.Code);
        Assert.StartsWith("plait ", result.Output[0]);
    }

    private static async Task DownloadAsync(ShadowsocksPair pair)
    {
        await using var web = new FileServer();
        string got = pair.PathOf("got");
        await Tool.RunAsync(Programs.Require("curl"), ["-sS", "--fail", "--socks5", pair.Socks.ToString(), "-o", got, $"http://{web.EndPoint}/{Length}"]);
        using FileStream bytes = File.OpenRead(got);
        Assert.Equal(FileServer.Hash(Length), Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes)));
    }
}
