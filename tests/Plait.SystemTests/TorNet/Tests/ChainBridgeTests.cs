using System.Net;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.TorNet.Tests;

/// <summary>
/// The whole of it: tor's client reaches its bridge through a chain of real transports, with Plait as the
/// ClientTransportPlugin and as the ServerTransportPlugin. The bridge line is made from what the bridge's tor published.
/// </summary>
public sealed class ChainBridgeTests(TorNetwork network, ITestOutputHelper output) : IDisposable
{
    private const long TwentyMebibytes = 20 << 20;
    private const long FiveMebibytes = 5 << 20;
    private static readonly string[] s_chains = ["obfs4", "obfs3_obfs4", "obfs4_obfs4", "obfs2_obfs3_obfs4"];

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-e2e-").FullName;

    /// <summary>The shim joint in the long form: other tests have it without a tor.</summary>
    public static TheoryData<string, string> Joints => Environment.GetEnvironmentVariable("PLAIT_CONTROLS") == "1"
        ? new() { { "proxy joint and Extended ORPort joint", "" }, { "shim joint", Plaitrc.ForceShim } }
        : new() { { "proxy joint and Extended ORPort joint", "" } };

    [Theory]
    [MemberData(nameof(Joints))]
    public async Task TorClient_PublishedBridgeLine_BootstrapsAndDownloads(string joints, string more)
    {
        string plaitrc = Write(more);
        await using TorBridge bridge = await StartBridgeAsync(plaitrc, s_chains);
        foreach (string chain in s_chains)
        {
            string published = await bridge.TransportLineAsync(chain);
            IPEndPoint listener = IPEndPoint.Parse(published.Split(' ')[1]);
            await using SourceAddressForwarder door = SourceAddressForwarder.Start(listener);
            await using TorClient client = await StartClientAsync(plaitrc, bridge, published, door);
            await client.BootstrappedAsync();

            Assert.Equal(FileServer.Hash(TwentyMebibytes), await client.DownloadAsync(TwentyMebibytes));

            // The true client address, by tor's own word: USERADDR as received, the statistics, the bytes by connection.
            IPEndPoint source = door.Connections.First().Source;
            await bridge.WaitForUserAddressAsync(source.ToString());
            await bridge.WaitForClientAsync(seen => seen == new SeenClient(source.Address.ToString(), chain));
            await bridge.Control.Events.WaitForAsync(
                _ => bridge.Control.Connections.Any(c => c.Target == source.ToString() && c.Written > TwentyMebibytes),
                "20 MiB written to the client's address, by the control port's count");
            output.WriteLine($"{joints}: {chain}: bootstrapped to 100 %, 20 MiB with the right hash, address right; published: {Shown(published)}");
        }
    }

    /// <summary>obfs3 is Plait's on one side and obfs4proxy's on the other, both ways round, behind obfs4 of obfs4proxy; then Plait's on both.</summary>
    [Theory]
    [InlineData("obfs3", true, false)]
    [InlineData("obfs3_obfs4", false, true)]
    [InlineData("obfs3_obfs4", true, true)]
    public async Task TorClient_Obfs3InsidePlait_BootstrapsAndDownloads(string chain, bool insideClient, bool insideBridge)
    {
        string inside = Path.Combine(_folder, "plaitrc-inside");
        await File.WriteAllTextAsync(inside, Plaitrc.WithObfs3Inside(), TestContext.Current.CancellationToken);
        string programs = Write();
        await DownloadAsync(chain, insideClient ? inside : programs, insideBridge ? inside : programs);
    }

    /// <summary>obfs4 is Plait's on one side and obfs4proxy's on the other, both ways round; then a chain without a program on either side.</summary>
    [Theory]
    [InlineData("obfs4", true, false)]
    [InlineData("obfs4", false, true)]
    [InlineData("obfs3_obfs4", true, true)]
    public async Task TorClient_NothingButPlait_BootstrapsAndDownloads(string chain, bool insideClient, bool insideBridge)
    {
        string inside = Path.Combine(_folder, "plaitrc-empty");
        await File.WriteAllTextAsync(inside, "# obfs3 and obfs4 need no line\n", TestContext.Current.CancellationToken);
        string programs = Write();
        await DownloadAsync(chain, insideClient ? inside : programs, insideBridge ? inside : programs);
    }

    [Fact]
    public async Task TorClient_FourAtOnce_EachAddressCarriesTheBytesOfItsClient()
    {
        const string Chain = "obfs3_obfs4";
        string plaitrc = Write();
        await using TorBridge bridge = await StartBridgeAsync(plaitrc, [Chain]);
        string published = await bridge.TransportLineAsync(Chain);
        IPEndPoint listener = IPEndPoint.Parse(published.Split(' ')[1]);
        var doors = new List<SourceAddressForwarder>();
        var clients = new List<TorClient>();
        for (int i = 0; i < 4; i++)
        {
            doors.Add(SourceAddressForwarder.Start(listener, new IPAddress([127, 30, 0, (byte)(i + 1)])));
            clients.Add(await StartClientAsync(plaitrc, bridge, published, doors[i]));
        }

        await Task.WhenAll(clients.Select(client => client.BootstrappedAsync()));
        await Task.WhenAll(clients.Select(async (client, i) =>
            Assert.Equal(FileServer.Hash(Share(i)), await client.DownloadAsync(Share(i)))));

        // Client i moved i+1 times as much as the first: were two addresses swapped, their bytes would be too.
        for (int i = 0; i < clients.Count; i++)
        {
            string source = doors[i].Connections.First().Source.ToString();
            OrConnection counted = await CountedAsync(bridge, source, Share(i));
            Assert.InRange(counted.Written, Share(i), Share(i) + (Share(0) / 2)); // cells and directory documents besides
            output.WriteLine($"client {i}: downloaded {Share(i)} bytes; tor wrote {counted.Written} to its address");
        }

        foreach (IAsyncDisposable used in clients.Concat<IAsyncDisposable>(doors))
        {
            await used.DisposeAsync();
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A tor bootstraps through the published bridge line and downloads; the bridge's tor knows the client's address.</summary>
    private async Task DownloadAsync(string chain, string clientPlaitrc, string bridgePlaitrc)
    {
        await using TorBridge bridge = await StartBridgeAsync(bridgePlaitrc, [chain]);
        string published = await bridge.TransportLineAsync(chain);
        await using SourceAddressForwarder door = SourceAddressForwarder.Start(IPEndPoint.Parse(published.Split(' ')[1]));
        await using TorClient client = await StartClientAsync(clientPlaitrc, bridge, published, door);
        await client.BootstrappedAsync();
        Assert.Equal(FileServer.Hash(FiveMebibytes), await client.DownloadAsync(FiveMebibytes));
        await bridge.WaitForClientAsync(seen => seen == new SeenClient(door.Connections.First().Source.Address.ToString(), chain));
    }

    private static long Share(int client) => (client + 1) * (8L << 20);

    private static async Task<OrConnection> CountedAsync(TorBridge bridge, string source, long atLeast)
    {
        await bridge.Control.Events.WaitForAsync(
            _ => bridge.Control.Connections.Any(c => c.Target == source && c.Written >= atLeast), $"{atLeast} bytes written to one client");
        return bridge.Control.Connections.Single(c => c.Target == source);
    }

    private string Write(params string[] more)
    {
        string path = Path.Combine(_folder, $"plaitrc-{Guid.NewGuid():N}");
        File.WriteAllText(path, Plaitrc.Obfs4Proxy(more));
        return path;
    }

    private Task<TorBridge> StartBridgeAsync(string plaitrc, string[] chains) => network.StartBridgeAsync(
        [
            $"ServerTransportPlugin {string.Join(',', chains)} exec {PlaitProgram.Path} -f {plaitrc}",
            .. chains.Select(chain => $"ServerTransportListenAddr {chain} {FreePorts.TakeEndPoint()}"),
        ]);

    private Task<TorClient> StartClientAsync(string plaitrc, TorBridge bridge, string published, SourceAddressForwarder door) =>
        network.StartClientAsync(
            BridgeLine.FromTransportLine(published, bridge.Fingerprint, door.EndPoint),
            $"ClientTransportPlugin {published.Split(' ')[0]} exec {PlaitProgram.Path} -f {plaitrc}");

    private static string Shown(string published) => string.Join(',', published.Split(' ').Last().Split(',').Select(pair => pair.Split('=')[0]));
}
