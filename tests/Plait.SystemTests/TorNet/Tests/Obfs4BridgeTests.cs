using System.Net;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.TorNet.Tests;

/// <summary>The network itself, proved with a real transport and nothing of ours in between.</summary>
public class Obfs4BridgeTests(TorNetwork network)
{
    private const long TwentyMebibytes = 20 << 20;

    [Fact]
    public async Task TorClient_PublishedBridgeLine_BootstrapsAndDownloads()
    {
        string obfs4Proxy = Programs.Require("obfs4proxy");
        await using TorBridge bridge = await network.StartBridgeAsync(
            $"ServerTransportPlugin obfs4 exec {obfs4Proxy}", $"ServerTransportListenAddr obfs4 {FreePorts.TakeEndPoint()}");
        string published = await bridge.TransportLineAsync("obfs4");
        IPEndPoint listener = IPEndPoint.Parse(published.Split(' ')[1]);
        await using SourceAddressForwarder forwarder = SourceAddressForwarder.Start(listener);

        await using TorClient client = await network.StartClientAsync(
            BridgeLine.FromTransportLine(published, bridge.Fingerprint, forwarder.EndPoint),
            $"ClientTransportPlugin obfs4 exec {obfs4Proxy}");
        await client.BootstrappedAsync();

        Assert.Equal(FileServer.Hash(TwentyMebibytes), await client.DownloadAsync(TwentyMebibytes));

        IPEndPoint sourceAddress = forwarder.Connections.First().Source;
        string source = sourceAddress.ToString();
        await bridge.WaitForUserAddressAsync(source);
        await bridge.WaitForClientAsync(seen => seen == new SeenClient(sourceAddress.Address.ToString(), "obfs4"));
        await bridge.Control.Events.WaitForAsync(
            _ => bridge.Control.Connections.Any(c => c.Target == source && c.Written > TwentyMebibytes),
            "20 MiB written to the client's address, by the control port's count");
    }
}
