using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Prober;

/// <summary>
/// How the bytes of a service behind a bridge arrive at the network: a genuine client comes by way of a forwarder, and the system counts
/// the segments with data that come from the bridge to the forwarder's socket.
/// </summary>
internal static class Segments
{
    private const int Writes = 40;
    private const int Length = 100;
    private const int Enough = 20; // what wakes late, on a busy machine, has two at once: 32 were seen at worst

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits for a byte, and makes forty small writes.</summary>
    public static async Task ServeAsync(Socket peer, CancellationToken stop)
    {
        await peer.ReadExactlyAsync(1, stop);
        using var pace = new PeriodicTimer(s_pause);
        for (int i = 0; i < Writes; i++)
        {
            await peer.WriteAllAsync(new byte[Length], stop);
            await pace.WaitForNextTickAsync(stop);
        }

        await peer.ReadToEndAsync(stop);
    }

    /// <summary>Counts the segments of one such connection.</summary>
    /// <param name="suspect">A bridge in front of <see cref="ServeAsync"/>.</param>
    public static async Task<Sight> LookAsync(Suspect suspect)
    {
        PtMethod bridge = await suspect.Bridge.MethodLine(suspect.Name);
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await using var forwarder = new LoopbackListener(async (near, stop) =>
        {
            await far.ConnectAsync(suspect.At(AddressFamily.InterNetwork), stop);
            await near.RelayAsync(far, stop);
        });
        await using PtHost client = suspect.StartClient();
        IPEndPoint socks = await client.Method(suspect.Name);
        Socket socket;
        try
        {
            socket = await SocksClient.ConnectAsync(socks, forwarder.EndPoint, bridge.ArgumentList);
        }
        catch (SocksRefusedException)
        {
            return new("there is no connection");
        }

        using Socket used = socket;
        int before = TcpState.Of(far).DataSegments;
        await socket.WriteAllAsync(new byte[1]);
        await socket.ReadExactlyAsync(Writes * Length).Within("forty small writes");
        return new(TcpState.Of(far).DataSegments - before >= Enough ? "a segment for each" : "merged");
    }
}
