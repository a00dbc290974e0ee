using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>What the system tells of sockets, and of the queue of a listener.</summary>
public class SocketTableTests
{
    [Theory]
    [InlineData(
        "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 12345 1 0000000000000000 100 0 0 10 0",
        TcpState.Listen, "127.0.0.1:8080", "0.0.0.0:0", 3, true)]
    [InlineData(
        "  12: 0100007F:1F90 0200007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0000000000000000 20 4 30 10 -1",
        TcpState.Established, "127.0.0.1:8080", "127.0.0.2:50000", 0, false)]
    [InlineData(
        "   1: B80D0120000000000000000001000000:01BB 0000000000000000FFFF00000100007F:C351 08 00000000:00000001 00:00000000 00000000   107        0 99 2 0 20",
        TcpState.CloseWait, "[2001:db8::1]:443", "127.0.0.1:50001", 1, true)]
    public void TryRead_ALineOfProc_IsThatSocket(string line, object state, string local, string remote, uint waiting, bool owned)
    {
        Assert.SkipUnless(BitConverter.IsLittleEndian, "the lines are those of a little-endian machine");
        TcpSocket socket = Assert.NotNull(SocketTable.TryRead(line));
        Assert.Equal(
            ((TcpState)state, IPEndPoint.Parse(local), IPEndPoint.Parse(remote), waiting, owned),
            (socket.State, socket.Local, socket.Remote, socket.Waiting, socket.Owned));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode")]
    [InlineData("   0: 0100007F 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 12345")]
    [InlineData("   0: 0100007F:1F90 00000000:0000 XX 00000000:00000003 00:00000000 00000000  1000        0 12345")]
    [InlineData("   0: 0100007F:1F90 0000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 12345")]
    public void TryRead_AnythingElse_IsNone(string line) => Assert.Null(SocketTable.TryRead(line));

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::", "::1")]
    [InlineData("::", "127.0.0.1")] // both families by one socket
    public async Task AcceptQueue_OneWaitsAndOneIsAccepted_AreDistinguished(string listens, string dialled)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells what has been accepted");
        IPAddress address = IPAddress.Parse(listens);
        using var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            listener.DualMode = true;
        }

        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen(10);
        var at = (IPEndPoint)listener.LocalEndPoint!;
        Assert.Empty(Look(at).Waiting);

        using Socket first = await ConnectAsync(IPAddress.Parse(dialled), at.Port);
        using Socket accepted = await listener.AcceptAsync(Deadline.Token);
        using Socket second = await ConnectAsync(IPAddress.Parse(dialled), at.Port);
        Assert.True(listener.Poll(Deadline.Limit, SelectMode.SelectRead), "it is in the queue");
        AcceptQueue queue = Look(at);
        Assert.Equal([(IPEndPoint)second.LocalEndPoint!], queue.Waiting);
        Assert.Equal([(IPEndPoint)first.LocalEndPoint!], queue.Accepted);
    }

    [Fact]
    public void AcceptQueue_NothingListensThere_IsNull()
    {
        using Socket gone = Loopback.Listen();
        var at = (IPEndPoint)gone.LocalEndPoint!;
        gone.CloseAtOnce();
        Assert.Null(AcceptQueue.Of(at));
    }

    private static AcceptQueue Look(IPEndPoint at) => AcceptQueue.Of(at) ?? throw new InvalidOperationException("the system does not tell");

    private static async Task<Socket> ConnectAsync(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(address, port), Deadline.Token);
        return socket;
    }
}
