using Plait.Diagnostics.Failures;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.BadInput;

/// <summary>Missing and contradictory TOR_PT_*: refused as a whole, before VERSION, where tor shows the text (E6).</summary>
public sealed class EnvironmentTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Variables whose fault is reported of one role alone.</summary>
    public static TheoryData<PtRole, string, string?, string> Bad
    {
        get
        {
            var rows = new TheoryData<PtRole, string, string?, string>();
            rows.Add(PtRole.Client, "CLIENT_TRANSPORTS", "", "ENV-ERROR neither TOR_PT_CLIENT_TRANSPORTS nor TOR_PT_SERVER_TRANSPORTS is set");
            rows.Add(PtRole.Client, "CLIENT_TRANSPORTS", ",,", "ENV-ERROR TOR_PT_CLIENT_TRANSPORTS names no transport: expected names separated by commas");
            rows.Add(PtRole.Server, "SERVER_TRANSPORTS", "", "ENV-ERROR neither TOR_PT_CLIENT_TRANSPORTS nor TOR_PT_SERVER_TRANSPORTS is set");
            rows.Add(PtRole.Server, "SERVER_TRANSPORTS", ",,", "ENV-ERROR TOR_PT_SERVER_TRANSPORTS names no transport: expected names separated by commas");
            rows.Add(PtRole.Client, "SERVER_TRANSPORTS", "good", "ENV-ERROR TOR_PT_CLIENT_TRANSPORTS and TOR_PT_SERVER_TRANSPORTS are both set; say which one counts with --role client or --role server");
            const string port = "is not an address: expected ip:port with a port from 1 to 65535";
            const string bind = "expected name-ip:port";
            rows.Add(PtRole.Server, "EXTENDED_SERVER_PORT", null, "ENV-ERROR need TOR_PT_ORPORT or TOR_PT_EXTENDED_SERVER_PORT environment variable");
            rows.Add(PtRole.Server, "AUTH_COOKIE_FILE", null, "ENV-ERROR need TOR_PT_AUTH_COOKIE_FILE environment variable with TOR_PT_EXTENDED_SERVER_PORT");
            rows.Add(PtRole.Server, "EXTENDED_SERVER_PORT", "localhost:9", $"ENV-ERROR TOR_PT_EXTENDED_SERVER_PORT {port}");
            rows.Add(PtRole.Server, "EXTENDED_SERVER_PORT", "127.0.0.1:0", $"ENV-ERROR TOR_PT_EXTENDED_SERVER_PORT {port}");
            rows.Add(PtRole.Server, "ORPORT", "127.0.0.1", $"ENV-ERROR TOR_PT_ORPORT {port}");
            rows.Add(PtRole.Server, "ORPORT", "127.0.0.1:65536", $"ENV-ERROR TOR_PT_ORPORT {port}");
            rows.Add(PtRole.Server, "SERVER_BINDADDR", "good", $"ENV-ERROR TOR_PT_SERVER_BINDADDR: entry 1 is wrong: {bind}");
            rows.Add(PtRole.Server, "SERVER_BINDADDR", "good-127.0.0.1:0,x-localhost:1", $"ENV-ERROR TOR_PT_SERVER_BINDADDR: entry 2 is wrong: {bind}");
            rows.Add(PtRole.Server, "SERVER_BINDADDR", "good-127.0.0.1:0,good-[::]:0", "ENV-ERROR TOR_PT_SERVER_BINDADDR: entry 2 names a transport for the second time");
            foreach (string options in new[] { "good\\", ":=", "good:k", ":k=v", "good:=v", "good:k=v;", "abc", "good:", "good:k=v\\", "good:k\\=v" }) // V4
            {
                rows.Add(PtRole.Server, "SERVER_TRANSPORT_OPTIONS", options, "ENV-ERROR TOR_PT_SERVER_TRANSPORT_OPTIONS: ");
            }

            return rows;
        }
    }

    /// <summary>One variable of a good environment is changed; null takes it away.</summary>
    [Theory]
    [MemberData(nameof(Bad))]
    [EachRole("MANAGED_TRANSPORT_VER", null, "ENV-ERROR no TOR_PT_MANAGED_TRANSPORT_VER environment variable")]
    [EachRole("MANAGED_TRANSPORT_VER", "", "ENV-ERROR no TOR_PT_MANAGED_TRANSPORT_VER environment variable")]
    [EachRole("MANAGED_TRANSPORT_VER", "2", "VERSION-ERROR no-version")]
    [EachRole("MANAGED_TRANSPORT_VER", "2,3", "VERSION-ERROR no-version")]
    [EachRole("MANAGED_TRANSPORT_VER", "1.0", "VERSION-ERROR no-version")]
    [EachRole("STATE_LOCATION", null, "ENV-ERROR no TOR_PT_STATE_LOCATION environment variable")]
    [EachRole("STATE_LOCATION", "", "ENV-ERROR no TOR_PT_STATE_LOCATION environment variable")]
    [EachRole("OUTBOUND_BIND_ADDRESS_V4", "[::1]", "ENV-ERROR TOR_PT_OUTBOUND_BIND_ADDRESS_V4 is not an address: expected an IPv4 address")]
    [EachRole("OUTBOUND_BIND_ADDRESS_V6", "127.0.0.1", "ENV-ERROR TOR_PT_OUTBOUND_BIND_ADDRESS_V6 is not an address: expected an IPv6 address in brackets")]
    public async Task Start_WrongVariable_IsRefused(PtRole role, string name, string? value, string expected)
    {
        Dictionary<string, string?> variables = Good(role);
        variables["TOR_PT_" + name] = value;

        string line = await PlaitUse.RefusalAsync(["-f", Plaitrc()], variables);

        Assert.StartsWith(expected, line, StringComparison.Ordinal);
        Assert.True(expected.EndsWith(' ') || line == expected, line);
    }

    /// <summary>A proxy is refused after VERSION (M16). What is wrong is said, the URI with its password is not (G5).</summary>
    [Theory]
    [InlineData("socks5h://127.0.0.1:1080")]
    [InlineData("bogus")]
    [InlineData("http:")]
    [InlineData("//127.0.0.1")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.0.0.1:")]
    [InlineData("socks5://secret@127.0.0.1:1080")]
    [InlineData("socks5://user:secret@proxy.example:1080")]
    [InlineData("socks5://:1080")]
    [InlineData("socks5://127.0.0.1:1080/path")]
    public async Task Start_WrongProxy_IsRefusedWithoutItsPassword(string uri)
    {
        Dictionary<string, string?> variables = Good(PtRole.Client);
        variables["TOR_PT_PROXY"] = uri;

        string line = await PlaitUse.RefusalAsync(["-f", Plaitrc()], variables, "VERSION 1");

        Assert.Matches("^PROXY-ERROR .*proxy", line);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    [Theory]
    [EachRole]
    public async Task Start_StateLocationIsAFile_IsRefused(PtRole role)
    {
        Dictionary<string, string?> variables = Good(role);
        variables["TOR_PT_STATE_LOCATION"] = _folder.Write("file", "");

        Assert.Equal(
            $"ENV-ERROR TOR_PT_STATE_LOCATION cannot be used: {_folder["file"]} is a file, and a directory is needed there; rename it",
            await PlaitUse.RefusalAsync(["-f", Plaitrc()], variables));
    }

    /// <summary>Our own place in it is taken.</summary>
    [Theory]
    [EachRole]
    public async Task Start_FileInTheWayInTheStateLocation_IsRefused(PtRole role)
    {
        string way = _folder.Write("plait", "");

        Assert.Equal(
            $"ENV-ERROR TOR_PT_STATE_LOCATION cannot be used: {way} is a file, and a directory is needed there; rename it",
            await PlaitUse.RefusalAsync(["-f", Plaitrc()], Good(role)));
    }

    [Fact]
    public async Task Start_StateLocationCannotBeMade_MayPass()
    {
        Dictionary<string, string?> variables = Good(PtRole.Client);
        variables["TOR_PT_STATE_LOCATION"] = "/proc/nowhere";

        _folder.Write("plaitrc", $"ClientTransportPlugin good exec {Programs.DummyTransport}");
        (int code, string reason) = await PlaitUse.GivingUpAsync(["-f", _folder["plaitrc"]], variables, "good");

        Assert.Equal(74, code);
        Assert.StartsWith("Plait cannot start: tor's state location cannot be used: ", reason, StringComparison.Ordinal);
    }

    /// <summary>Neither role and no version: no parent acts as tor. Nothing on stdout, the explanation on stderr (E4).</summary>
    [Theory]
    [InlineData()]
    [InlineData("-f", "/etc/plait/plaitrc")]
    public async Task Start_NotByTor_ExplainsItself(params string[] words)
    {
        PlaitUse use = await PlaitUse.RunAsync(words, new Dictionary<string, string?> { ["TOR_PT_STATE_LOCATION"] = "/stale" });

        Assert.Equal(1, use.ExitCode);
        Assert.Empty(use.Output);
        Assert.Contains(use.Errors, line => line.Contains("ClientTransportPlugin", StringComparison.Ordinal));
    }

    /// <summary>A stale variable of the other role (E1): the torrc line can say which one counts.</summary>
    [Theory]
    [EachRole]
    public async Task Start_VariablesOfBothRoles_RoleOptionDecides(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "OtherRolesPlugin stale exec /nowhere/pt", [], adapt: launch => launch with
        {
            Arguments = ["--role", role == PtRole.Client ? "client" : "server", .. launch.Arguments],
            Extra = new Dictionary<string, string?> { [$"TOR_PT_{(role == PtRole.Client ? "SERVER" : "CLIENT")}_TRANSPORTS"] = "stale" },
        });

        await run.Host.WaitForDoneAsync();
        Assert.DoesNotContain(run.Host.Lines, line => line.Contains("stale", StringComparison.Ordinal));
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [InlineData("ENV-ERROR --role takes client or server; " + Usage, "--role")]
    [InlineData("ENV-ERROR --role takes client or server; " + Usage, "--role", "middle")]
    [InlineData("ENV-ERROR -f takes the path of a plaitrc; " + Usage, "-f")]
    [InlineData("ENV-ERROR 'check' is not understood here; " + Usage, "check")]
    [InlineData("ENV-ERROR '--frobnicate' is not understood here; " + Usage, "--frobnicate")]
    public async Task Start_WrongWordsInTheTorrcLine_AreRefused(string expected, params string[] words) =>
        Assert.Equal(expected, await PlaitUse.RefusalAsync(words, Good(PtRole.Client)));

    private const string Usage = "a torrc line may say: exec PATH [--role client|server] [-f FILE] [--event-log FILE]";

    private string Plaitrc() => _folder.Write("plaitrc", "");

    private Dictionary<string, string?> Good(PtRole role)
    {
        var launch = new PtLaunch { Program = PlaitProgram.Path, Names = ["good"], IsServer = role == PtRole.Server };
        Dictionary<string, string?> variables = launch.ToEnvironment(_folder.Path);
        if (role == PtRole.Server)
        {
            variables["TOR_PT_EXTENDED_SERVER_PORT"] = "127.0.0.1:9";
            variables["TOR_PT_AUTH_COOKIE_FILE"] = _folder["cookie"];
        }

        return variables;
    }
}
