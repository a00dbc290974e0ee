using System.Net.Sockets;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

public class SocketConnectionTests
{
    [Fact]
    public async Task ReadAsync_BytesPutBack_ComeBeforeTheSockets()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = new SocketConnection(here);
        connection.Unconsumed("abc"u8.ToArray());
        there.Send("def"u8);
        there.Dispose();
        Assert.Equal(0, await connection.ReadAsync(Memory<byte>.Empty, Deadline.Token)); // there is something to read
        Assert.Equal("ab", await connection.ReceiveAsync(2));
        Assert.Equal("cdef", await connection.ReceiveAsync(5));
    }

    [Fact]
    public async Task ReadAsync_ResetThatAWriteWasToldOf_IsNoEnd() // G9
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = new SocketConnection(here);
        there.Reset();
        Assert.True(here.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectError));
        await Assert.ThrowsAsync<IOException>(() => connection.SendAsync("x"));
        Assert.Equal(([], true), await connection.ReceiveAllAsync());
    }

    [Fact]
    public async Task ReadAsync_PeerClosedAndThenTurnedAwayWhatCame_IsAnEndBehindItsBytes()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = new SocketConnection(here);
        there.Send("answer"u8);
        there.Close();
        await connection.SendAsync("nobody reads this");
        Assert.True(here.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectError));

        (byte[] bytes, bool reset) = await connection.ReceiveAllAsync();

        Assert.Equal("answer"u8.ToArray(), bytes);
        Assert.False(reset);
    }

    [Fact]
    public async Task Abort_WhileReading_EndsTheRead()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        var connection = new SocketConnection(here);
        Task<(byte[] Bytes, bool Reset)> read = connection.ReceiveAllAsync();
        connection.Abort();
        connection.Abort(); // at any time, from anywhere
        Assert.True((await read).Reset);
        Assert.Equal(SocketError.ConnectionReset, await there.EndAsync());
    }

    [Fact]
    public async Task DisposeAsync_BytesWrittenBefore_AreDelivered()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        var connection = new SocketConnection(here);
        await connection.SendAsync("last");
        await connection.DisposeAsync();
        await using var peer = new SocketConnection(there);
        Assert.Equal("last", await peer.ReceiveAsync(5));
    }
}
