using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Chains;

/// <summary>A far end that is slow to answer is told of, and is heard when it answers at last.</summary>
public class StallTests
{
    [Fact]
    public async Task Relay_FarEndIsSilent_IsReportedAndGoesOn()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.WithDummy("", "", more: "StallTimeout 200 msec"), ["plain"]);
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        using Socket socket = await pair.OpenAsync("plain", silent.LocalEndPoint);
        using Socket farEnd = await silent.AcceptAsync(TestContext.Current.CancellationToken);

        await socket.WriteAllAsync(new byte[] { 42 });

        string line = await pair.Log.WaitForAsync(line => line.Contains("stalled", StringComparison.Ordinal), "the stall");
        Assert.StartsWith(
            "Warning: plain: relay: stalled: what went out to the network has not been answered within 0.2 s", line, StringComparison.Ordinal);
        Assert.Equal([42], await farEnd.ReadExactlyAsync(1).Within("what was sent"));
        await farEnd.WriteAllAsync(new byte[] { 43 });
        Assert.Equal([43], await socket.ReadExactlyAsync(1).Within("the late answer"));
    }
}
