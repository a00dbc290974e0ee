using System.Diagnostics;
using System.Globalization;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Hops;

namespace Plait.SystemTests.TorNet.Tests;

/// <summary>Real tor over programs that know nothing of pt-spec: a SOCKS program alone, and a tunnel between two transports.</summary>
public sealed class TunnelBridgeTests(TorNetwork network, ITestOutputHelper output) : IDisposable
{
    private const long OneMebibyte = 1 << 20;
    private const string Shadowsocks = "shadow";

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-tunnel-").FullName;

    /// <summary>Shadowsocks needs a server of its own: one on this machine, which connects to the bridge.</summary>
    [Theory]
    [InlineData("bare")]
    [InlineData("obfs3_hop_obfs4")]
    [InlineData(Shadowsocks)]
    public async Task TorClient_PublishedBridgeLine_BootstrapsAndDownloads(string chain)
    {
        int port = FreePorts.Take();
        await using RunningProgram? server = chain == Shadowsocks
            ? RunningProgram.Start(Programs.Require("ss-server"), ["-s", "127.0.0.1", "-p", $"{port}", "-k", "a-password", "-m", "aes-256-gcm"])
            : null;
        string plaitrc = Path.Combine(_folder, "plaitrc");
        await File.WriteAllTextAsync(plaitrc, Plaitrc.Obfs4Proxy(
            $"ClientTransportPlugin bare socks5 exec {HopKind.MicroSocks}",
            $"ClientTransportPlugin shadow socks5 exec {Programs.Require("ss-local")} -s 127.0.0.1 -p {port} -b {{listen-host}} -l {{listen-port}} -k a-password -m aes-256-gcm",
            $"ClientTransportPlugin hop {HopKind.Socat}",
            $"ServerTransportPlugin bare {HopKind.Socat}",
            $"ServerTransportPlugin shadow {HopKind.Socat}",
            $"ServerTransportPlugin hop {HopKind.Socat}"), TestContext.Current.CancellationToken);
        await using TorBridge bridge = await network.StartBridgeAsync(
            $"ServerTransportPlugin {chain} exec {PlaitProgram.Path} -f {plaitrc}", $"ServerTransportListenAddr {chain} {FreePorts.TakeEndPoint()}");
        string published = await bridge.TransportLineAsync(chain);
        long began = Stopwatch.GetTimestamp();
        await using TorClient client = await network.StartClientThatDialsItselfAsync(
            BridgeLine.FromTransportLine(published, bridge.Fingerprint), $"ClientTransportPlugin {chain} exec {PlaitProgram.Path} -f {plaitrc}");

        await client.BootstrappedAsync();

        Assert.Equal(FileServer.Hash(OneMebibyte), await client.DownloadAsync(OneMebibyte));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{chain}: bootstrapped, a mebibyte with the right hash after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
