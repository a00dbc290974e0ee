using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Failures;

/// <summary>A failure names the hop at fault, also if another hop has accepted before it, or waits for it (G4).</summary>
public class HopAtFaultTests
{
    [Fact]
    public async Task Open_TargetRefusesAfterAProvisionalGrant_NamesTheHopThatDialled()
    {
        await using ChainPair pair = await ChainPair.StartAsync(
            Plaitrc.WithDummy("--lazy", "", more: "LazyDialGrace 100 msec"), ["plain_obfs4"]);
        using var closed = new ClosedPort();

        using Socket socket = await pair.OpenAsync("plain_obfs4", closed.EndPoint);
        await socket.WriteAllAsync(new byte[] { 42 });

        string line = await pair.Log.WaitForAsync(line => line.Contains("hop 1 (obfs4)", StringComparison.Ordinal), "the reason");
        Assert.Contains("outside connection: refused", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_BridgeIsSilent_NamesTheHopThatWaited()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy("OpenTimeout 500 msec"), ["obfs3_obfs4"]);
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();

        await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync("obfs3_obfs4", silent.LocalEndPoint));

        await pair.Log.WaitForAsync(line => line.Contains("hop 1 (obfs4), handshake: timed out", StringComparison.Ordinal), "the hop");
    }
}
