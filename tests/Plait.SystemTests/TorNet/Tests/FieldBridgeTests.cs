using System.Diagnostics;
using System.Globalization;
using System.Net;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Failures;

namespace Plait.SystemTests.TorNet.Tests;

/// <summary>Real tor over what the field runs today: lyrebird on both sides, webtunnel's server, and a meek server of these tests.</summary>
public sealed class FieldBridgeTests(TorNetwork network, ITestOutputHelper output) : IDisposable
{
    private const long FiveMebibytes = 5 << 20;
    private const long OneMebibyte = 1 << 20;

    // Of no bridge, for a line that leads nowhere.
    private const string AnotherFingerprint = "0123456789ABCDEF0123456789ABCDEF01234567";

    // Where a hop before the wire would go: documentation addresses (RFC 5737), so that nothing of it can get there past the chain.
    private const string InnerUrl = "http://192.0.2.7/a-path";
    private const string OtherInnerUrl = "http://192.0.2.8/a-path";

    private const string WebTunnel = "webtunnel";

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-field-").FullName;

    /// <summary>In the long form lyrebird alone as well, which took 34 s: its client waits for the black hole.</summary>
    public static IEnumerable<TheoryDataRow<string>> WebTunnels =>
        from chain in new[] { "webtunnel_obfs4", WebTunnel }
        where chain != WebTunnel || Environment.GetEnvironmentVariable("PLAIT_CONTROLS") == "1"
        select new TheoryDataRow<string>(chain);

    [Fact]
    public async Task WebTunnelAtTheWire_OfTwoChainsOfOneBridge_Downloads()
    {
        string plaitrc = Write();
        (string Chain, string Key)[] chains = [(WebTunnel, "url"), ("obfs4_webtunnel", "x-chain-1-url")];
        IPEndPoint[] addresses = [.. chains.Select(_ => FreePorts.TakeEndPoint())];
        await using TorBridge bridge = await network.StartBridgeAsync(
        [
            $"ServerTransportPlugin {string.Join(',', chains.Select(chain => chain.Chain))} exec {PlaitProgram.Path} -f {plaitrc}",
            .. chains.Zip(addresses, (chain, address) => $"ServerTransportListenAddr {chain.Chain} {address}"),
            .. chains.Zip(addresses, (chain, address) => $"ServerTransportOptions {chain.Chain} {chain.Key}=http://{address}/a-path"),
        ]);
        foreach ((string chain, _) in chains)
        {
            string published = await bridge.TransportLineAsync(chain);
            Assert.Matches($@"^{chain} \[2001:db8:[0-9a-f:]+\]:443 ", published); // invented, so that the bridge's own stays unknown (R1)
            await using TorClient client = await network.StartClientThatDialsItselfAsync(
                BridgeLine.FromTransportLine(published, bridge.Fingerprint), $"ClientTransportPlugin {chain} exec {PlaitProgram.Path} -f {plaitrc}");

            await AssertDownloadsAsync(chain, client, FiveMebibytes);

            await bridge.WaitForClientAsync(seen => seen.Transport == chain);
        }
    }

    /// <summary>Two bridge lines, one of which leads nowhere: as lyrebird alone does, which PLAIT_CONTROLS=1 (./test --all) runs beside it.</summary>
    [Theory]
    [MemberData(nameof(WebTunnels))]
    public async Task WebTunnel_BesideABlackHole_Downloads(string chain)
    {
        bool isAlone = chain == WebTunnel;
        await using var ports = new TroublePorts();
        IPEndPoint address = FreePorts.TakeEndPoint();
        string url = isAlone ? $"http://{address}/a-path" : InnerUrl;
        string otherUrl = isAlone ? $"http://{ports.Full()}/a-path" : OtherInnerUrl;
        string plaitrc = Write();
        string server = isAlone ? FieldPrograms.WebTunnelServer : $"{PlaitProgram.Path} -f {plaitrc}";
        string user = isAlone ? FieldPrograms.Lyrebird : $"{PlaitProgram.Path} -f {plaitrc}";
        await using TorBridge bridge = await network.StartBridgeAsync(
            $"ServerTransportPlugin {chain} exec {server}",
            $"ServerTransportListenAddr {chain} {address}",
            $"ServerTransportOptions {chain} {(isAlone ? "url" : "x-chain-0-url")}={url}");
        string published = await bridge.TransportLineAsync(chain);
        string nowhere = BridgeLine.FromTransportLine(published, AnotherFingerprint, ports.Full()).Replace(url, otherUrl, StringComparison.Ordinal);
        Assert.Contains(otherUrl, nowhere, StringComparison.Ordinal);
        await using TorClient client = await network.StartClientAsync(
            BridgeLine.FromTransportLine(published, bridge.Fingerprint),
            nowhere,
            $"ClientTransportPlugin {chain} exec {user}");

        await AssertDownloadsAsync($"{chain}, beside a black hole", client, FiveMebibytes);

        await bridge.WaitForClientAsync(seen => seen.Transport == chain);
    }

    [Fact]
    public async Task MeekLite_BeforeObfs4_EachDownloadIsWhole()
    {
        const string Chain = "meek_obfs4";
        string plaitrc = Write($"Alias {Chain} meek_lite|obfs4");
        await using TorBridge bridge = await network.StartBridgeAsync(
            $"ServerTransportPlugin {Chain} exec {PlaitProgram.Path} -f {plaitrc}",
            $"ServerTransportListenAddr {Chain} {FreePorts.TakeEndPoint()}",
            $"ServerTransportOptions {Chain} x-chain-0-url={InnerUrl}");
        string published = await bridge.TransportLineAsync(Chain);
        await using TorClient client = await StartClientAsync(plaitrc, Chain, BridgeLine.FromTransportLine(published, bridge.Fingerprint));

        await AssertDownloadsAsync(Chain, client, FiveMebibytes);
        string[] hashes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => client.DownloadAsync(OneMebibyte)));

        Assert.All(hashes, hash => Assert.Equal(FileServer.Hash(OneMebibyte), hash));
        await bridge.WaitForClientAsync(seen => seen.Transport == Chain);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task AssertDownloadsAsync(string what, TorClient client, long bytes)
    {
        long began = Stopwatch.GetTimestamp();
        await client.BootstrappedAsync();
        TimeSpan bootstrapped = Stopwatch.GetElapsedTime(began);
        Assert.Equal(FileServer.Hash(bytes), await client.DownloadAsync(bytes));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: bootstrapped in {bootstrapped.TotalSeconds:0.0} s, {bytes} bytes with the right hash after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s"));
    }

    private string Write(params string[] more)
    {
        string path = Path.Combine(_folder, "plaitrc");
        File.WriteAllLines(path,
        [
            $"ClientTransportPlugin obfs4,webtunnel,meek_lite exec {FieldPrograms.Lyrebird}",
            $"ServerTransportPlugin obfs4 exec {FieldPrograms.Lyrebird}",
            $"ServerTransportPlugin webtunnel exec {FieldPrograms.WebTunnelServer}",
            $"ServerTransportPlugin meek_lite exec {Programs.DummyTransport} --meek",
            .. more,
        ]);
        return path;
    }

    private Task<TorClient> StartClientAsync(string plaitrc, string chain, string bridgeLine) =>
        network.StartClientAsync(bridgeLine, $"ClientTransportPlugin {chain} exec {PlaitProgram.Path} -f {plaitrc}");
}
