using System.Diagnostics;
using System.Net;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Failures;

/// <summary>
/// docs/breaking-it.md, part "On a client": the chain is broken as the page says, and Plait writes what the page shows. Its commands print what it shows of them.
/// </summary>
public sealed class BreakingPageTests : IAsyncDisposable
{
    private const string Chain = "obfs3_obfs4";
    private const string Cert = "x-chain-1-cert=VF6lOEYQA+/cjIHCRFMbAD9vJs9DrVVIN+USFSTYIdEpkLM6jrVzcaJoWVBG6Bz0jlOucg";

    private readonly TestFolder _folder = new();
    private readonly TroublePorts _ports = new();
    private PtHost? _client;

    /// <summary>Title and arguments; the bridge's port refuses.</summary>
    public static TheoryData<string, string[]> Lines => new()
    {
        { "The bridge is gone", [Cert, "iat-mode=0"] },
        { "No cert", ["iat-mode=0"] },
        { "An argument for a hop that is not there", ["x-chain-2-cert=x"] },
        { "A profile that is not there", ["x-chain-profile=home"] },
    };

    public static TheoryData<string> Commands => [.. BreakingPage.Commands];

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task BridgeLine_IsBroken_AsThePageShows(string title, string[] arguments)
    {
        await RefusedAsync(Start(), _ports.Refuses(), arguments);
        await BreakingPage.AssertShownAsync(title, _client!);
    }

    [Fact]
    public async Task Open_AnotherServiceAtThePort_IsLoggedAsThePageShows()
    {
        await RefusedAsync(Start(), _ports.AnswersAndHangsUp([.. "HTTP/1.1 400 Bad Request\r\n\r\n"u8]), Cert, "iat-mode=0");
        await BreakingPage.AssertShownAsync("Another service at the bridge's port", _client!);
    }

    [Fact]
    public async Task Open_DeadUpstreamProxy_IsLoggedAsThePageShows()
    {
        await RefusedAsync(Start(launch => launch with { Proxy = $"socks5://{_ports.Refuses()}" }), _ports.Refuses(), Cert, "iat-mode=0");
        await BreakingPage.AssertShownAsync("A dead upstream proxy", _client!);
    }

    [Fact]
    public async Task Start_BindAddressAndIndirectTransport_AsThePageShows()
    {
        PtHost client = Start(launch => launch with
        {
            Names = ["meek_lite"], Extra = new Dictionary<string, string?> { ["TOR_PT_OUTBOUND_BIND_ADDRESS_V4"] = "192.0.2.7" },
        });
        await client.WaitForDoneAsync();
        await BreakingPage.AssertShownAsync("A bind address, and an indirect transport at the wire", client);
    }

    [Fact]
    public async Task Start_UnexplainedName_AsThePageShows()
    {
        PtHost client = Start(launch => launch with { Names = ["obfs3_obfs5"] }, $"ClientTransportPlugin obfs3 exec {Programs.Require("obfs4proxy")}\n");
        await client.WaitForDoneAsync();
        await BreakingPage.AssertShownAsync("A name that nothing explains", client);
    }

    [Fact]
    public async Task Run_ChildIsKilled_AsThePageShows()
    {
        PtHost client = Start();
        await client.WaitForDoneAsync();
        await KillChildAsync(client);
        await BreakingPage.AssertShownAsync("Kill the child", client);
        await KillChildAsync(client);
        await Deadline.PollAsync(() => client.Lines.Count(line => line.Contains("runs again", StringComparison.Ordinal)) == 2 ? "again" : null, "its second restart");
        await KillChildAsync(client);
        await BreakingPage.AssertShownAsync("Kill it again and again", client);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Run_CommandOfThePage_PrintsWhatThePageShows(string command)
    {
        string plaitrc = _folder.Write("plaitrc", !command.Contains("check", StringComparison.Ordinal) ? $"ClientTransportPlugin obfs3 exec {Programs.DummyTransport}\n" :
            """
            ClientTransportPlugins obfs3,obfs4 exec /usr/bin/obfs4proxi
            ClientTransportPlugin meek_lite exec /usr/bin/obfs4proxi
            ClientTransportJoint meek_lite shim
            Alias meek_obfs4 meek_lite|b64
            StartTimeout soon
            """);
        _folder.Write("STATE/plait", "");
        string Placed(string word) => word == "plaitrc" ? plaitrc : word == "STATE" ? _folder["STATE"] : word.Trim('\'');
        string[] words = command.Split(' ');
        Dictionary<string, string?> variables = words.TakeWhile(word => word != "plait").Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => (string?)Placed(pair[1]));

        PlaitUse use = await PlaitUse.RunAsync([.. words.Skip(variables.Count + 1).Select(Placed)], variables);

        IEnumerable<string> printed = variables.Count > 0 ? use.Output // a person gets the same on stderr
            : use.Output.SkipLast(1).Concat(use.Errors).Concat(use.Output.TakeLast(1)); // the summary is the last line
        Assert.Equal(
            BreakingPage.OutputOf(command), printed.Where(line => line.Length > 0).Select(line => line.Replace(_folder.Path + "/", "", StringComparison.Ordinal)));
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        await _ports.DisposeAsync();
        _folder.Dispose();
    }

    private PtHost Start(Func<PtLaunch, PtLaunch>? adapt = null, string? plaitrc = null)
    {
        string obfs4proxy = Programs.Require("obfs4proxy");
        var launch = new PtLaunch
        {
            Program = PlaitProgram.Path,
            Arguments = ["-f", _folder.Write("plaitrc", plaitrc ?? $"ClientTransportPlugin obfs3,obfs4,meek_lite exec {obfs4proxy}\n")],
            Names = [Chain],
            IsServer = false,
        };
        return _client = PtHost.Start(adapt is null ? launch : adapt(launch));
    }

    private static async Task RefusedAsync(PtHost client, IPEndPoint target, params string[] arguments)
    {
        IPEndPoint socks = await client.Method(Chain);
        await Assert.ThrowsAsync<SocksRefusedException>(() => SocksClient.ConnectAsync(socks, target, arguments));
    }

    private static async Task KillChildAsync(PtHost client)
    {
        string id = await Deadline.PollAsync(
            () => ProcessTree.Descendants(client.Program.Id).Where(IsObfs4Proxy).ToArray() is [var only] ? $"{only}" : null, "the child");
        using Process child = Process.GetProcessById(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture));
        child.Kill();
        await child.WaitForExitAsync();
    }

    private static bool IsObfs4Proxy(int process) => ProcessTree.CommandLine(process).Split(' ')[0].EndsWith("/obfs4proxy", StringComparison.Ordinal);
}
