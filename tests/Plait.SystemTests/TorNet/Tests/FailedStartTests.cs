using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.TorNet.Tests;

/// <summary>What Plait says of a bridge's chain that failed at the start, seen with tor itself.</summary>
public sealed class FailedStartTests(TorNetwork network) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plait-failed-").FullName;

    private string Plaitrc => Path.Combine(_folder, "plaitrc");

    /// <summary>"tor starts Plait again each second until it works; a change of the torrc needs a restart of tor" (R14).</summary>
    [Fact]
    public async Task NoChainStands_TorStartsPlaitAgainUntilItWorks()
    {
        IPEndPoint port = FreePorts.TakeEndPoint();
        var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(port);
        taken.Listen();
        await File.WriteAllTextAsync(Plaitrc, $"ServerTransportPlugin obfs4 exec {Programs.Require("obfs4proxy")}\n", TestContext.Current.CancellationToken);
        await using TorBridge bridge = await network.StartBridgeAsync(
            $"ServerTransportPlugin obfs4 exec {PlaitProgram.Path} -f {Plaitrc}", $"ServerTransportListenAddr obfs4 {port}");
        string why = $"another program has the port {port.Port}";
        await bridge.Tor.PollAsync(
            () => bridge.Tor.Log.Count(line => line.Contains(why, StringComparison.Ordinal)) > 1 ? "again" : null, "a second start that fails");

        taken.Dispose();

        await bridge.Tor.WaitForLogAsync("Registered server transport 'obfs4'");
    }

    /// <summary>"then restart tor, or reload it twice (SIGHUP): the first ends Plait, the second starts it" (L14, L15).</summary>
    [Fact]
    public async Task OneChainFails_ComesBackWithTheSecondReload()
    {
        string late = Path.Combine(_folder, "late");
        await File.WriteAllTextAsync(
            Plaitrc, $"ServerTransportPlugin obfs4 exec {Programs.Require("obfs4proxy")}\nServerTransportPlugin late exec {late}\n", TestContext.Current.CancellationToken);
        await using TorBridge bridge = await network.StartBridgeAsync($"ServerTransportPlugin obfs4,late exec {PlaitProgram.Path} -f {Plaitrc}");
        await bridge.Tor.WaitForLogAsync("Registered server transport 'obfs4'");
        await bridge.Tor.WaitForLogAsync("then restart tor, or reload it twice (SIGHUP): the first ends Plait, the second starts it");
        File.CreateSymbolicLink(late, Programs.DummyTransport);
        IReadOnlyList<int> plait = ProcessTree.Descendants(bridge.Tor.Id);

        await bridge.Tor.ReloadAsync();
        await ProcessTree.WaitUntilGoneAsync(plait);
        await bridge.Tor.ReloadAsync();

        await bridge.Tor.WaitForLogAsync("Registered server transport 'late'");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
