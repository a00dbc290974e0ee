using System.Net;
using System.Text.Json;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Packaging;

/// <summary>
/// A bridge operator and a client on Debian, with only the packaged files and Debian's tor and obfs4proxy. Both tors start as root and
/// become debian-tor; the rest of the tor network runs outside of the root.
/// </summary>
public sealed class BridgeOperatorTests(TorNetwork network, ITestOutputHelper output)
{
    private const string Chain = "obfs3_obfs4";
    private const string Plugin = $"{Chain} exec /usr/bin/plait -f /etc/plait/plaitrc";
    private const string BecomesDebianTor = "User debian-tor";
    private const string DropIn = "/etc/systemd/system/tor@default.service.d/port-443.conf";
    private const string SetCapability = "ExecStartPre=-+";
    // What the packaged unit runs before tor.
    private const string VerifyCommand = """
        install -m 02755 -o debian-tor -g debian-tor -d /run/tor &&
        tor --defaults-torrc /usr/share/tor/tor-service-defaults-torrc -f /etc/tor/torrc --RunAsDaemon 0 --verify-config
        """;

    private const long TwoMebibytes = 2 << 20;

    [Fact]
    public async Task ReadmesLines_BridgeOnALowPort_ClientBootstraps()
    {
        using DebianRoot root = await DebianRoot.WithPackageAsync();
        await ReadmeCommands.RunAsync(root);
        await root.RunAsync("sh", "-c", VerifyCommand);
        foreach (string command in CapabilityCommands(root))
        {
            await root.RunAsync("sh", "-c", command);
        }

        await root.RunAsync("sed", "-i", "-E", "s/^#(ClientTransportPlugin) /\\1 /", "/etc/plait/plaitrc");
        IPEndPoint lowPort = LowPorts.TakeEndPoint();

        await using TorBridge bridge = await network.StartBridgeInAsync(root, BridgeLines(root, lowPort));
        output.WriteLine(await bridge.Tor.WaitForLogAsync("Registered server transport"));
        string line = await BridgeLineAsync(root, bridge);
        await using TorClient client = await network.StartClientInAsync(root, line, BecomesDebianTor, $"ClientTransportPlugin {Plugin}");
        await client.BootstrappedAsync();

        Assert.Equal(FileServer.Hash(TwoMebibytes), await client.DownloadAsync(TwoMebibytes));
        await bridge.WaitForClientAsync(seen => seen.Transport == Chain);
        Assert.Equal(UserIdOf(root, "debian-tor"), OwnerOf(bridge.Tor.Id));
        output.WriteLine($"bridge at {lowPort}: {client.Tor.Log.Last(l => l.Contains("Bootstrapped 100%", StringComparison.Ordinal))}");
    }

    [Fact]
    public async Task LowPort_WithoutTheCapability_IsRefusedWithTheReason()
    {
        using DebianRoot root = await DebianRoot.WithPackageAsync();
        await ReadmeCommands.RunAsync(root);
        IPEndPoint lowPort = LowPorts.TakeEndPoint();

        await using TorBridge bridge = await network.StartBridgeInAsync(root, BridgeLines(root, lowPort));
        string line = await bridge.Tor.WaitForLogAsync("(SMETHOD-ERROR ");

        output.WriteLine(line);
        Assert.Contains("not permitted", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DropIn_IsReadBySystemd_AndLetsCapabilitiesOfFilesWork()
    {
        const string unit = "tor@default.service";
        string analyze = Programs.Require("systemd-analyze");
        using DebianRoot root = await DebianRoot.WithPackageAsync();
        Assert.True(await ForbidsNewPrivilegesAsync());

        await ReadmeCommands.RunAsync(root);

        // It fails for a line that it cannot read.
        await Tool.RunAsync(analyze, ["--root", root.Path, "--man=no", "--recursive-errors=no", "verify", unit]);
        Assert.False(await ForbidsNewPrivilegesAsync());

        async Task<bool> ForbidsNewPrivilegesAsync()
        {
            IReadOnlyList<string> lines = await Tool.RunAsync(analyze, ["--root", root.Path, "--offline=true", "--json=short", "security", unit]);
            using var settings = JsonDocument.Parse(string.Join('\n', lines));
            return settings.RootElement.EnumerateArray()
                .Single(setting => setting.GetProperty("name").GetString() == "NoNewPrivileges=").GetProperty("set").GetBoolean();
        }
    }

    /// <summary>The torrc that the README made, on another address, in our network.</summary>
    private static string[] BridgeLines(DebianRoot root, IPEndPoint address) =>
    [
        BecomesDebianTor,
        "Address 127.0.0.1", "SocksPort 0", "ContactInfo none", "ExitRelay 0",
        .. File.ReadLines(root.At("/etc/tor/torrc")).Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.StartsWith("ServerTransportListenAddr ", StringComparison.Ordinal) ? $"ServerTransportListenAddr {Chain} {address}" : line),
    ];

    /// <summary>What the service manager would run before tor, as root and without the unit's restrictions.</summary>
    private static string[] CapabilityCommands(DebianRoot root)
    {
        string[] commands =
        [
            .. File.ReadLines(root.At(DropIn)).Where(line => line.StartsWith(SetCapability, StringComparison.Ordinal))
                .Select(line => line[SetCapability.Length..]),
        ];
        Assert.NotEmpty(commands);
        return commands;
    }

    /// <summary>The line that tor writes for the operator.</summary>
    private async Task<string> BridgeLineAsync(DebianRoot root, TorBridge bridge)
    {
        string file = Path.Combine(bridge.Tor.Torrc.DataDirectory, Path.GetFileName(ReadmeCommands.All[^1]));
        string line = await bridge.Tor.PollAsync(
            () => File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith($"Bridge {Chain} ", StringComparison.Ordinal)) : null,
            $"a bridge line in {file[root.Path.Length..]}");
        output.WriteLine($"{file[root.Path.Length..]}: {line.Split(' ').Length} words");
        return line;
    }

    private static string UserIdOf(DebianRoot root, string user) =>
        File.ReadLines(root.At("/etc/passwd")).Select(line => line.Split(':')).Single(fields => fields[0] == user)[2];

    private static string OwnerOf(int processId) =>
        File.ReadLines($"/proc/{processId}/status").Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
}
