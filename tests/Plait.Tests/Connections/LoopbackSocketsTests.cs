using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

public class LoopbackSocketsTests
{
    [Fact]
    public async Task Joint_BothEnds_DoNotPace()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "it is chosen on Linux alone");
        var accepted = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ConnectionListener listener = ConnectionListener.Start(new(IPAddress.Loopback, 0), Shared.Pollers, new(1, TimeProvider.System), (connection, _) =>
        {
            accepted.SetResult(AlgorithmOf(connection.Socket));
            return Task.CompletedTask;
        });
        await using SocketConnection dialled =
            await new SourceAddresses(new(IPAddress.Parse("127.64.0.0"), 10), Shared.Pollers).ConnectAsync(listener.EndPoint, Deadline.Token);
        Assert.Equal("reno", AlgorithmOf(dialled.Socket));
        Assert.Equal("reno", await accepted.Task.WaitAsync(Deadline.Token));
    }

    [Theory]
    [InlineData("127.64.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("192.0.2.1", false)] // the network's business is the system's
    [InlineData("0.0.0.0", false)]
    public void SendUnpaced_Address_OnlyOfThisMachineAlone(string address, bool chosen)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "it is chosen on Linux alone");
        var place = IPAddress.Parse(address);
        using var untouched = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        LoopbackSockets.SendUnpaced(socket, place);
        Assert.Equal(chosen ? "reno" : AlgorithmOf(untouched), AlgorithmOf(socket));
    }

    [Fact]
    public async Task PairAsync_OneResets_TheOtherMeetsAReset() // G9
    {
        (SocketConnection one, SocketConnection other) = await LoopbackSockets.PairAsync(Shared.Pollers, Deadline.Token);
        await using SocketConnection closed = other;
        await one.WriteAsync("x"u8.ToArray(), Deadline.Token);
        Assert.Equal(1, await other.ReadAsync(new byte[1], Deadline.Token));
        one.Abort();

        await Assert.ThrowsAsync<IOException>(async () => await other.ReadAsync(new byte[1], Deadline.Token));
    }

    [Fact]
    public async Task PairAsync_AStrangerIsQueuedFirst_IsNoEndOfIt() // G10
    {
        using Acceptor acceptor = Acceptor.Of(ExclusiveBind.Bind(new(IPAddress.Loopback, 0)), Shared.Pollers);
        acceptor.Listen(2);
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await stranger.ConnectAsync(acceptor.Listener.LocalEndPoint!, Deadline.Token); // the queue is in this order

        (SocketConnection one, SocketConnection other) = await LoopbackSockets.PairAsync(acceptor, Shared.Pollers, Deadline.Token);
        await using SocketConnection closed = one, closedToo = other;

        Assert.Equal(one.Own, other.Peer);
        SocketException reset = await Assert.ThrowsAsync<SocketException>(async () => await stranger.ReceiveAsync(new byte[1], Deadline.Token));
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    private static string AlgorithmOf(Socket socket)
    {
        const int Tcp = 6, CongestionControl = 13; // tcp(7)
        byte[] name = new byte[16];
        int length = socket.GetRawSocketOption(Tcp, CongestionControl, name);
        return Encoding.ASCII.GetString(name, 0, length).TrimEnd('\0');
    }
}
