using System.Globalization;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Packaging;
using Plait.SystemTests.Program;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Sip003;

/// <summary>What is wrong with a plugin's options is one line that names the option, and an exit code of the table.</summary>
public sealed class PluginBadInputTests : IDisposable
{
    private const string Arguments = "1-cert=sX+ON7sxBbRJu7aLGDh4yld46IDkLkYOTAAsfmJ3yeuaMR58/Lk1jQbnPcJ9lgrwqddEVw;1-iat-mode=0";

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-plugin-").FullName;

    [Theory]
    [InlineData(64, "plugin_opts: the chain is not named; write chain=A|B", "server")]
    [InlineData(64, "plugin_opts: the chain is not named; write chain=A|B", "")]
    [InlineData(64, "plugin_opts: chain= is no chain; ", "chain=obfs3,obfs4")]
    [InlineData(64, "plugin_opts: `chian` is not understood; did you mean chain?", "chian=obfs4;chain=obfs3")]
    [InlineData(64, "plugin_opts: `sever` is not understood; did you mean server?", "chain=obfs3;sever")]
    [InlineData(64, "plugin_opts: `2-cert` is for hop 2, ", "chain=obfs3|obfs4;2-cert=x")]
    [InlineData(64, "plugin_opts: 1-cert= is missing, which obfs4 needs; copy plugin_opts from the file that the log of the server names, or add the word server", "chain=obfs3|obfs4")]
    [InlineData(64, "plugin_opts: proxy=: the proxy's scheme is not known", "chain=obfs3;proxy=192.0.2.1:9")]
    [InlineData(64, "plugin_opts: proxy= is for the side of ss-local", "server;chain=obfs3;proxy=socks5://192.0.2.1:9")]
    [InlineData(64, "plugin_opts: the option at offset 0 has no key", "=obfs3")]
    [InlineData(64, @"plugin_opts: the text ends in a lone backslash; write \\ for a backslash", @"chain=obfs3\")]
    [InlineData(69, "shadowsocks: ", "chain=obfs3|nix")]
    [InlineData(66, "there is no file /nowhere/plaitrc; config= takes the path of a plaitrc", "chain=obfs3;config=/nowhere/plaitrc")]
    [InlineData(66, "is a directory; config= takes the path of a plaitrc", "chain=obfs3;config=/")]
    [InlineData(64, "there is no directory for the keys: neither HOME nor STATE_DIRECTORY is set; name one with state=DIR", "server;chain=obfs3")]
    [InlineData(74, "the state directory cannot be used: ", "server;chain=obfs4;state=/proc/nowhere")]
    public async Task Options_ThatAreWrong_AreRefusedInOneLine(int code, string part, string options)
    {
        Dictionary<string, string?> environment = Environment(options);
        environment["HOME"] = part.Contains("HOME", StringComparison.Ordinal) ? null : _folder;

        await RefusesAsync(code, part, environment);
    }

    [Theory]
    [InlineData("SS_REMOTE_HOST", null, "SS_REMOTE_HOST is not set; Shadowsocks sets it for a plugin; to use the commands of Plait without Shadowsocks, unset SS_*")]
    [InlineData("SS_LOCAL_PORT", "0", "SS_LOCAL_PORT is not a port from 1 to 65535; ")]
    [InlineData("SS_REMOTE_HOST", "not a host", "SS_REMOTE_HOST has neither an IP address nor a host name; ")]
    [InlineData("SS_REMOTE_HOST", "192.0.2.1||192.0.2.2", "SS_REMOTE_HOST has neither an IP address nor a host name; ")]
    public async Task Variables_ThatAreWrong_AreRefusedInOneLine(string name, string? value, string part)
    {
        Dictionary<string, string?> environment = Environment($"chain=obfs3|obfs4;{Arguments}");
        environment[name] = value;

        await RefusesAsync(78, part, environment);
    }

    [Fact]
    public async Task Plaitrc_WithAProblem_IsRefused()
    {
        string file = Path.Combine(_folder, "plaitrc");
        File.WriteAllText(file, "Alais a obfs3|obfs4\n");

        await RefusesAsync(78, "plaitrc:1: The word \"Alais\" is not known. ", Environment($"chain=a;config={file}"));
    }

    [Fact]
    public async Task Plaitrc_WithSeveralChains_AsksForOne()
    {
        string file = Path.Combine(_folder, "plaitrc");
        File.WriteAllText(file, "Alias a obfs3|obfs4\nAlias b obfs3\n");

        await RefusesAsync(64, "plugin_opts: the chain is not named, and the plaitrc has several; write chain=NAME", Environment($"config={file}"));
    }

    [Fact]
    public async Task Port_InUse_IsRefused_AndTheOtherRoleIsThoughtOf()
    {
        await using EchoServer taken = EchoServer.Start();
        string port = taken.EndPoint.Port.ToString(CultureInfo.InvariantCulture);

        await RefusesAsync(77, "if this is the server, add the word server to plugin_opts",
            new(Environment($"chain=obfs3|obfs4;{Arguments}")) { ["SS_LOCAL_PORT"] = port });
        foreach (string chain in new[] { "obfs3|obfs4", "b64" })
        {
            await RefusesAsync(77, $"another program has the port {port}",
                new(Environment($"server;chain={chain};state={Path.Combine(_folder, "state")}")) { ["SS_REMOTE_PORT"] = port });
        }

        await RefusesAsync(77, "if this is a client, leave the word server out of plugin_opts",
            new(Environment($"server;chain=obfs3;state={Path.Combine(_folder, "state")}")) { ["SS_REMOTE_HOST"] = "192.0.2.1" });
    }

    /// <summary>Names in the place of a parent that Plait knows say which side it is.</summary>
    [Theory]
    [InlineData("ss-server", "chain=obfs3", "plugin_opts: the word server is missing, which the plugin of ss-server needs; write server;chain=…")]
    [InlineData("ss-local", "server;chain=obfs3", "plugin_opts: server is for the side of ss-server, and ss-local is a client; leave the word out")]
    public async Task Role_OfTheOtherSide_IsRefused(string parent, string options, string expected)
    {
        string program = Programs.Require(parent), port = FreePorts.Take().ToString(CultureInfo.InvariantCulture);
        string[] ends = parent == "ss-local" ? ["-b", "127.0.0.1", "-l", FreePorts.Take().ToString(CultureInfo.InvariantCulture)] : [];
        await using RunningProgram run = RunningProgram.Start(program, [
            "-s", "127.0.0.1", "-p", port, .. ends, "-k", "a key", "-m", "aes-256-gcm", "--plugin", ShadowsocksPair.PluginIn(_folder), "--plugin-opts", options]);

        ProgramResult result = await Tool.EndAsync(run); // it ends with its plugin (Q24)

        Assert.Equal($"plait: {expected}", Assert.Single(result.Errors, line => line.StartsWith("plait: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task State_InUse_IsRefused()
    {
        string state = Path.Combine(_folder, "state");
        Dictionary<string, string?> environment = Environment($"server;chain=obfs4;state={state}");
        await using RunningProgram first = RunningProgram.Start(PlaitProgram.Path, [], environment);
        await first.ErrorLines.WaitForAsync(line => line.Contains("plugin_opts of its clients", StringComparison.Ordinal), "the first is ready");

        await RefusesAsync(75, "another Plait uses the state", environment);
        await RefusesAsync(75, "or name another directory with state=DIR", environment);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>What Shadowsocks would set.</summary>
    internal static Dictionary<string, string?> Environment(string options) => new()
    {
        ["SS_REMOTE_HOST"] = "127.0.0.1",
        ["SS_REMOTE_PORT"] = FreePorts.Take().ToString(CultureInfo.InvariantCulture),
        ["SS_LOCAL_HOST"] = "127.0.0.1",
        ["SS_LOCAL_PORT"] = FreePorts.Take().ToString(CultureInfo.InvariantCulture),
        ["SS_PLUGIN_OPTIONS"] = options,
        ["XDG_CONFIG_HOME"] = null,
    };

    private static async Task RefusesAsync(int code, string part, Dictionary<string, string?> environment)
    {
        ProgramResult result = await PublishedProgram.RunAsync([], environment);
        string line = Assert.Single(result.Errors);
        Assert.StartsWith("plait: ", line);
        Assert.Contains(part, line);
        Assert.Empty(result.Output);
        Assert.Equal(code, result.Code);
    }
}
