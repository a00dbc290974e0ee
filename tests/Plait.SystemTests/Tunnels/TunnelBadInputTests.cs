using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Lifecycle;
using Plait.SystemTests.Program;

namespace Plait.SystemTests.Tunnels;

/// <summary>What is wrong with a tunnel is one line with what to do, an exit code of the table, and nothing is left running.</summary>
public sealed class TunnelBadInputTests : IDisposable
{
    private static readonly string[] s_far = ["--chain", "b64", "--forward", "127.0.0.1:9"];

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-bad-").FullName;

    [Theory]
    [InlineData(64, "it is not said where to listen", "connect", "--chain", "b64", "--to", "127.0.0.1:9")]
    [InlineData(64, "--listen is no IP address with a port", "connect", "--chain", "b64", "--to", "127.0.0.1:9", "--listen", "localhost:5000")]
    [InlineData(64, "the far end is not named", "connect", "--chain", "b64", "--listen", "127.0.0.1:0")]
    [InlineData(64, "--to has no port", "connect", "--chain", "b64", "--to", "far.example", "--listen", "127.0.0.1:0")]
    [InlineData(64, "--to has an IPv6 address without brackets", "connect", "--chain", "b64", "--to", "2001:db8::1:443", "--listen", "127.0.0.1:0")]
    [InlineData(64, "--bridge and --chain exclude each other", "connect", "--bridge", "b64 192.0.2.1:443", "--chain", "b64", "--listen",
        "127.0.0.1:0")]
    [InlineData(64, "--bridge, column 23: ", "connect", "--bridge", "b64 192.0.2.1:443 a=b word", "--listen", "127.0.0.1:0")]
    [InlineData(64, "--bridge names no chain", "connect", "--bridge", "192.0.2.1:443", "--listen", "127.0.0.1:0")]
    [InlineData(64, "--arg is no argument", "connect", "--chain", "b64", "--to", "127.0.0.1:9", "--listen", "127.0.0.1:0", "--arg", "cert")]
    [InlineData(64, "--proxy: the proxy's scheme is not known", "connect", "--chain", "b64", "--to", "127.0.0.1:9", "--listen", "127.0.0.1:0",
        "--proxy", "127.0.0.1:1")]
    [InlineData(64, "--bind is no IP address", "connect", "--chain", "b64", "--to", "127.0.0.1:9", "--listen", "127.0.0.1:0", "--bind", "eth0")]
    [InlineData(64, "--socks and --service exclude each other", "connect", "--chain", "b64", "--to", "127.0.0.1:9", "--listen", "127.0.0.1:0",
        "--socks", "--service", "x")]
    [InlineData(64, "--name is no name", "connect", "--chain", "b64", "--to", "127.0.0.1:9", "--listen", "127.0.0.1:0", "--name", "a-b")]
    [InlineData(64, "the service is not named", "serve", "--chain", "b64", "--listen", "127.0.0.1:0")]
    [InlineData(64, "one of them has no name", "serve", "--chain", "b64", "--listen", "127.0.0.1:0", "--forward", "127.0.0.1:1", "--forward",
        "a=127.0.0.1:2")]
    [InlineData(64, "--proxy-protocol is neither 1 nor 2", "serve", "--chain", "b64", "--listen", "127.0.0.1:0", "--forward", "127.0.0.1:1",
        "--proxy-protocol", "3")]
    [InlineData(64, "--client-table needs services at IPv4 loopback addresses", "serve", "--chain", "b64", "--listen", "127.0.0.1:0", "--forward",
        "[::1]:1", "--client-table", "clients")]
    [InlineData(64, "--client-table needs services at IPv4 loopback addresses", "serve", "--chain", "b64", "--listen", "127.0.0.1:0", "--forward",
        "a=127.0.0.1:1", "--forward", "b=unix:/run/b", "--client-table", "clients")]
    [InlineData(64, "--client-table needs services at IPv4 loopback addresses", "serve", "--chain", "b64", "--listen", "127.0.0.1:0", "--forward",
        "192.0.2.1:1", "--client-table", "clients")]
    [InlineData(64, "of a far end is for the network", "serve", "--chain", "b64", "--listen", "-", "--forward", "127.0.0.1:1")]
    [InlineData(69, "is not declared for a client", "connect", "--chain", "b64|nix", "--to", "127.0.0.1:9", "--listen", "127.0.0.1:0")]
    [InlineData(66, "there is no file", "connect", "-f", "/nowhere/plaitrc")]
    [InlineData(64, "nothing is asked for", "serve")]
    public async Task Words_ThatAreWrong_AreRefusedInOneLine(int code, string part, params string[] words)
    {
        ProgramResult result = await PublishedProgram.RunAsync(
            words, new Dictionary<string, string?> { ["HOME"] = _folder, ["XDG_CONFIG_HOME"] = null });

        Assert.Contains(part, Assert.Single(result.Errors));
        Assert.StartsWith("plait: ", result.Errors[0]);
        Assert.Empty(result.Output);
        Assert.Equal(code, result.Code);
    }

    [Theory]
    [InlineData("connect", "--chain", "b64", "--to", "127.0.0.1:9")]
    [InlineData("serve", "--chain", "b64", "--forward", "127.0.0.1:9")]
    [InlineData("serve", "--chain", "obfs3|obfs4", "--forward", "127.0.0.1:9")]
    public async Task Port_InUse_IsRefused(params string[] words)
    {
        await using EchoServer taken = EchoServer.Start();

        await RefusesAsync(77, "another program ", [.. words, "--listen", taken.EndPoint.ToString(), "--state", State]);
    }

    /// <summary>Two tunnels in one plaitrc: the first listened, and its programs ran, when the second failed.</summary>
    [Theory]
    [EachForm]
    public async Task Tunnels_OneCannotListen_NothingIsLeft(TunnelForm form)
    {
        await using EchoServer taken = EchoServer.Start();
        string plaitrc = Path.Combine(_folder, "plaitrc"), socket = Path.Combine(_folder, "socket"), temporary = Path.Combine(_folder, "tmp");
        Directory.CreateDirectory(temporary);
        string way = $"--chain {TunnelPair.Chain} --to 127.0.0.1:9 --arg 1:cert={new string('A', 70)} --arg 1:iat-mode=0";
        File.WriteAllText(plaitrc, $"""
            Tunnel one connect {way} --listen unix:{socket}
            Tunnel two connect {way} --listen {taken.EndPoint}
            {(form == TunnelForm.Programs ? Victims.Plaitrc : "")}
            """);

        ProgramResult result = await PublishedProgram.RunAsync(["connect", "-f", plaitrc], new Dictionary<string, string?> { ["TMPDIR"] = temporary });

        Assert.Contains("two: ", Assert.Single(result.Errors));
        Assert.Equal(77, result.Code);
        Assert.Empty(result.Output);
        Assert.False(File.Exists(socket));
        Assert.Empty(Directory.GetFileSystemEntries(temporary));
    }

    [Fact]
    public async Task UnixSocket_InUse_IsRefused_AndADeadOneIsReplaced()
    {
        string path = Path.Combine(_folder, "socket");
        using (var taken = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            taken.Bind(new UnixDomainSocketEndPoint(path));
            taken.Listen();
            await RefusesAsync(77, "another program ", "connect", "--chain", "b64", "--to", "127.0.0.1:9", "--listen", $"unix:{path}");
            Assert.True(File.Exists(path));
            File.Move(path, path + ".kept"); // disposing removes the path
        }

        File.Move(path + ".kept", path);
        await using RunningProgram near = RunningProgram.Start(PlaitProgram.Path,
            ["connect", "--chain", "b64", "--to", "127.0.0.1:9", "--listen", $"unix:{path}"]);
        await near.Lines.WaitForAsync(line => line.Contains(" listens at ", StringComparison.Ordinal), "the near end listens");
    }

    [Fact]
    public async Task State_InUse_IsRefused()
    {
        string[] words = ["serve", "--chain", "obfs4", "--forward", "127.0.0.1:9", "--state", State, "--listen", "127.0.0.1:0"];
        await using RunningProgram first = RunningProgram.Start(PlaitProgram.Path, words);
        await first.Lines.WaitForAsync(line => line.StartsWith("Bridge ", StringComparison.Ordinal), "the bridge line");

        await RefusesAsync(75, "another Plait uses the state", words);
    }

    [Fact]
    public async Task BridgeFile_ThatCannotBeWritten_IsRefused() =>
        await RefusesAsync(74, "the bridge line cannot be written",
            ["serve", .. s_far, "--listen", "127.0.0.1:0", "--state", State, "--bridge-file", "/proc/nowhere"]);

    [Fact]
    public async Task ClientTable_InUse_OrNotToBeWritten_OrAnotherFile_IsRefused()
    {
        string table = Path.Combine(_folder, "clients");
        string[] words = ["serve", .. s_far, "--listen", "127.0.0.1:0", "--client-table"];
        await using RunningProgram first = RunningProgram.Start(PlaitProgram.Path, [.. words, table, "--state", State]);
        await first.Lines.WaitForAsync(line => line.StartsWith("Bridge ", StringComparison.Ordinal), "the bridge line");

        await RefusesAsync(75, "another far end writes the table of clients", [.. words, table, "--state", State + "2"]);
        await RefusesAsync(74, "the table of clients cannot be written", [.. words, "/proc/nowhere", "--state", State + "2"]);
        await RefusesAsync(74, "it is no regular file", [.. words, "/dev/null", "--state", State + "2"]);
        File.WriteAllText(table + "2", "mine\n");
        await RefusesAsync(74, "which is no table of clients", [.. words, table + "2", "--state", State + "2"]);
        Assert.Equal("mine\n", File.ReadAllText(table + "2"));
    }

    [Fact]
    public async Task EventLog_ThatCannotBeWritten_IsRefused() =>
        await RefusesAsync(74, "", ["serve", .. s_far, "--listen", "127.0.0.1:0", "--state", State, "--event-log", "/nowhere/events"]);

    [Fact]
    public async Task FarEnd_NotThere_OrNameThatDoesNotResolve_EndsStandardStreamsWithItsCode()
    {
        using var nothing = new ClosedPort();

        await RefusesAsync(75, "outside connection: refused", "connect", "--chain", "b64", "--to", nothing.EndPoint.ToString(), "--listen", "-");
        await RefusesAsync(75, "the host name cannot be resolved", "connect", "--chain", "b64", "--to", "nowhere.invalid:443", "--listen", "-");
    }

    [Fact]
    public async Task Service_ThatRefuses_IsReportedAtTheFarEnd_AndTheNearEndResets()
    {
        using var nothing = new ClosedPort();
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", nothing.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;

        using Socket application = await TunnelPair.DialAsync(address);

        string line = await pair.Far.ErrorLines.WaitForAsync(line => line.Contains("service", StringComparison.Ordinal), "the failure");
        Assert.Contains("service: refused: the service that the tunnel forwards to does not accept connections; check that the service is running",
            line);
        Task<byte[]> ended = application.ReadToEndAsync();
        await Task.WhenAny(ended).Within("the stream ends"); // by a FIN or a reset, as the transport has it
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string State => Path.Combine(_folder, "state");

    private static async Task RefusesAsync(int code, string part, params string[] words)
    {
        ProgramResult result = await PublishedProgram.RunAsync(words);
        string line = Assert.Single(result.Errors, each => !each.Contains("private network", StringComparison.Ordinal));
        Assert.Contains(part, line);
        Assert.DoesNotContain(result.Output, each => each.StartsWith("Bridge ", StringComparison.Ordinal));
        Assert.Equal(code, result.Code);
    }
}
