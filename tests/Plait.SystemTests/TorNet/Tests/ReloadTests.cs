using System.Net;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.TorNet.Tests;

/// <summary>
/// A chain that cannot work does not take the others with it. Were one of the names that tor asked for missing, each SIGHUP
/// would end Plait, and tor would not start it again (L14, L15).
/// </summary>
public sealed class ReloadTests(TorNetwork network) : IDisposable
{
    private const long OneMebibyte = 1 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-hup-").FullName;

    [Fact]
    public async Task Sighup_WithAChainThatCannotWork_LeavesPlaitAndTheOthersAlone()
    {
        string plaitrc = Path.Combine(_folder, "plaitrc");
        await File.WriteAllTextAsync(
            plaitrc, Plaitrc.Obfs4Proxy("ClientTransportPlugin late exec /nowhere/late"), TestContext.Current.CancellationToken);
        await using TorBridge bridge = await network.StartBridgeAsync(
            $"ServerTransportPlugin obfs4 exec {Programs.Require("obfs4proxy")}", $"ServerTransportListenAddr obfs4 {FreePorts.TakeEndPoint()}");
        string published = await bridge.TransportLineAsync("obfs4");
        await using TorClient client = await network.StartClientAsync(
            BridgeLine.FromTransportLine(published, bridge.Fingerprint, IPEndPoint.Parse(published.Split(' ')[1])),
            $"Bridge late 192.0.2.9:443 {bridge.Fingerprint}",
            $"ClientTransportPlugin obfs4,late exec {PlaitProgram.Path} -f {plaitrc}");
        await client.BootstrappedAsync();
        int plait = client.Tor.PlaitId;
        await client.Tor.WaitForLogAsync("late: hop 0 (late), launch: program missing: there is no file '/nowhere/late'");

        for (int i = 0; i < 2; i++)
        {
            await client.Tor.ReloadAsync();
            Assert.Equal(FileServer.Hash(OneMebibyte), await client.DownloadAsync(OneMebibyte));
        }

        Assert.Equal(plait, client.Tor.PlaitId);
        Assert.DoesNotContain(client.Tor.Log, line => line.Contains("method error", StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
