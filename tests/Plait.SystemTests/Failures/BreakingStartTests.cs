using System.Net;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Packaging;
using Plait.SystemTests.Surroundings;

namespace Plait.SystemTests.Failures;

/// <summary>docs/breaking-it.md, what breaks at the start of either side: it is broken as the page says, and Plait writes what the page shows.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class BreakingStartTests : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private PtHost? _host;

    private static string Obfs4Proxy => Programs.Require("obfs4proxy");

    public static TheoryData<string, string, string> Clients => new()
    {
        { "A program that is not there", "exec FOLDER/obfs4prox\nClientTransportPlugin obfs4 exec OBFS4PROXY\nRestartDelayMin 50 msec", "obfs3_obfs4" },
        { "A transport that the program has not", "exec OBFS4PROXY\nClientTransportPlugin webtunel exec OBFS4PROXY", "obfs3,webtunel" },
        { "A flag that the program does not know", "exec OBFS4PROXY -nosuchflag", "obfs3" },
        { "A plugin of Shadowsocks", "exec OBFS-LOCAL", "obfs3" },
        { "An upstream proxy, and a program that takes none", "exec OBFS4PROXY\nClientTransportPlugin web exec WEBTUNNEL\nAlias obfs3_obfs4 dummy|web", "obfs3_obfs4" },
    };

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Client_BreaksAtItsStart_AsThePageShows(string title, string plaitrc, string names)
    {
        PtHost client = Start($"ClientTransportPlugin obfs3 {plaitrc}", names, isServer: false, launch => launch with
        {
            Proxy = title.Contains("proxy", StringComparison.Ordinal) ? "socks5://127.0.0.1:9" : null,
        });

        await BreakingPage.AssertShownAsync(title, client);
    }

    [Theory]
    [InlineData("A word that does not exist", "plaitrc")]
    [InlineData("No plaitrc", "nowhere/plaitrc")]
    [InlineData("A plaitrc in quotes", "\"FOLDER/plaitrc\"")]
    public async Task Plaitrc_IsWrong_AsThePageShows(string title, string file)
    {
        string path = file.Contains("FOLDER", StringComparison.Ordinal) ? file.Replace("FOLDER", _folder.Path, StringComparison.Ordinal) : _folder[file];
        PtHost client = Start(
            "ClientTransportPlugins obfs3 exec OBFS4PROXY\nAlias obfs3_obfs5 obfs3|obfs5", "obfs3", isServer: false, launch => launch with { Arguments = ["-f", path] });

        await BreakingPage.AssertShownAsync(title, client);
    }

    [Fact]
    public async Task Bridge_PortIsTaken_AsThePageShows()
    {
        await using EchoServer taken = EchoServer.Start();
        await BreakingPage.AssertShownAsync("The port is taken", StartBridge(At(taken.EndPoint)));
    }

    [Fact]
    public async Task Bridge_WrongOption_AsThePageShows()
    {
        PtHost bridge = Start(
            "ServerTransportPlugin obfs4 exec OBFS4PROXY", "obfs4", isServer: true, launch => launch with { Options = "obfs4:iat-mode=7" });
        await BreakingPage.AssertShownAsync("A wrong option", bridge);
    }

    [Fact]
    public async Task Bridge_ProgramOfTheOtherSide_AsThePageShows() => await BreakingPage.AssertShownAsync(
        "The program of the other side", Start("ServerTransportPlugin snowflake exec SNOWFLAKE", "snowflake", isServer: true, launch => launch));

    [Fact]
    public async Task Bridge_EmptyStateFile_AsThePageShows()
    {
        string state = Directory.CreateDirectory(_folder["state"]).FullName;
        string folder = Directory.CreateDirectory(Path.Combine(state, "plait", "plaitrc", "server-obfs4")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "obfs4_state.json"), "", TestContext.Current.CancellationToken);
        await BreakingPage.AssertShownAsync("An empty state file", StartBridge(launch => launch with { StateLocation = state }));
    }

    [Fact]
    public async Task Bridge_LowPort_AsThePageShows()
    {
        var folder = new OpenFolder(_folder);
        IPEndPoint low = LowPorts.TakeEndPoint();
        await BreakingPage.AssertShownAsync("A port below 1024", StartBridge(launch => folder.AsNobody(At(low)(launch))));
    }

    [Fact]
    public async Task Bridge_StateOfAnotherUser_AsThePageShows()
    {
        var folder = new OpenFolder(_folder);
        folder.MakeStateOfRoot("server-obfs4");
        await BreakingPage.AssertShownAsync("State of another user", StartBridge(launch => folder.AsNobody(launch)));
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _folder.Dispose();
    }

    private static Func<PtLaunch, PtLaunch> At(IPEndPoint address) =>
        launch => launch with { BindAddresses = new Dictionary<string, string> { ["obfs4"] = address.ToString() } };

    private PtHost StartBridge(Func<PtLaunch, PtLaunch> adapt) => Start("ServerTransportPlugin obfs4 exec OBFS4PROXY", "obfs4", isServer: true, adapt);

    private PtHost Start(string plaitrc, string names, bool isServer, Func<PtLaunch, PtLaunch> adapt)
    {
        string file = _folder.Write("plaitrc", plaitrc
            .Replace("FOLDER", _folder.Path, StringComparison.Ordinal)
            .Replace("OBFS4PROXY", Obfs4Proxy, StringComparison.Ordinal)
            .Replace("OBFS-LOCAL", Programs.Find("obfs-local"), StringComparison.Ordinal)
            .Replace("WEBTUNNEL", plaitrc.Contains("WEBTUNNEL", StringComparison.Ordinal) ? FieldPrograms.WebTunnelClient : "", StringComparison.Ordinal)
            .Replace("SNOWFLAKE", plaitrc.Contains("SNOWFLAKE", StringComparison.Ordinal) ? FieldPrograms.SnowflakeClient : "", StringComparison.Ordinal));
        return _host = PtHost.Start(adapt(new()
        {
            Program = PlaitProgram.Path,
            Arguments = ["-f", file],
            Names = names.Split(','),
            IsServer = isServer,
            OrPort = isServer ? new(IPAddress.Loopback, 9) : null,
        }));
    }
}
