using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>What every back-end does alike.</summary>
public abstract class SocketConnectionTests
{
    private readonly PollerSet _pollers;

    private protected SocketConnectionTests(PollerSet pollers) => _pollers = pollers;

    [Fact]
    public async Task ReadAsync_BytesPutBack_ComeBeforeTheSockets()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = SocketConnection.Of(here, _pollers);
        connection.Unconsumed("abc"u8.ToArray());
        there.Send("def"u8);
        there.Dispose();
        Assert.Equal(0, await connection.ReadAsync(Memory<byte>.Empty, Deadline.Token)); // there is something to read
        Assert.Equal("ab", await connection.ReceiveAsync(2));
        Assert.Equal("cdef", await connection.ReceiveAsync(5));
    }

    [Fact]
    public async Task ReadAsync_PeerClosedAndThenTurnedAwayWhatCame_IsAnEndAfterItsBytes()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = SocketConnection.Of(here, _pollers);
        there.Send("answer"u8);
        there.Close();
        await connection.SendAsync("this is not read");
        Assert.True(connection.Socket.Poll(Deadline.Limit, SelectMode.SelectError));

        (byte[] bytes, bool reset) = await connection.ReceiveAllAsync();

        Assert.Equal("answer"u8.ToArray(), bytes);
        Assert.False(reset);
    }

    [Fact]
    public async Task Abort_WhileReading_EndsTheRead()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        var connection = SocketConnection.Of(here, _pollers);
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
        var connection = SocketConnection.Of(here, _pollers);
        await connection.SendAsync("last");
        await connection.DisposeAsync();
        await using var peer = SocketConnection.Of(there, _pollers);
        Assert.Equal("last", await peer.ReceiveAsync(5));
    }

    [Fact]
    public async Task ReadAsync_Canceled_TheNextReadGetsWhatComes()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = SocketConnection.Of(here, _pollers);
        for (int i = 0; i < 3; i++)
        {
            using var cancel = new CancellationTokenSource();
            Task<int> read = connection.ReadAsync(new byte[1], cancel.Token).AsTask();
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.Within("the read is canceled"));
            there.Send("x"u8);
            Assert.Equal("x", await connection.ReceiveAsync(1));
        }

        there.Dispose();
    }

    [Fact]
    public async Task WriteAsync_PeerDoesNotRead_WaitsUntilItDoes()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = SocketConnection.Of(here, _pollers);
        await using var peer = SocketConnection.Of(there, _pollers);
        byte[] bytes = new byte[20_000_000];
        Random.Shared.NextBytes(bytes);
        Task write = connection.WriteAsync(bytes, Deadline.Token).AsTask();
        Assert.False(write.IsCompleted); // more than all buffers between them hold

        Task<(byte[] Bytes, bool Reset)> read = peer.ReceiveAllAsync();
        await write.Within("the bytes are taken");
        await connection.FinishAsync();
        byte[] arrived = (await read).Bytes;
        Assert.True(bytes.AsSpan().SequenceEqual(arrived));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Abort_WhileWaiting_EndsTheWait(bool writing)
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        var connection = SocketConnection.Of(here, _pollers);
        Task wait = writing
            ? connection.WriteAsync(new byte[20_000_000], Deadline.Token).AsTask()
            : connection.PeekAsync(Deadline.Token);
        connection.Abort();
        await Assert.ThrowsAsync<IOException>(() => wait.Within("the wait ends"));
        there.Dispose();
    }

    [Fact]
    public async Task PeekAsync_BytesCome_TakesNothingAway()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = SocketConnection.Of(here, _pollers);
        Task<bool> peek = connection.PeekAsync(Deadline.Token);
        there.Send("x"u8);
        Assert.True(await peek.Within("something comes"));
        Assert.Equal("x", await connection.ReceiveAsync(1));
        there.Dispose();
        Assert.False(await connection.PeekAsync(Deadline.Token).Within("the end comes"));
    }

    [Fact]
    public async Task ConnectAsync_PortRefuses_Throws()
    {
        await using var connection = SocketConnection.Of(new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), _pollers);
        SocketException error = await Assert.ThrowsAsync<SocketException>(
            () => connection.ConnectAsync(Loopback.Closed, Deadline.Token));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public async Task ConnectAsync_QueueOfTheListenerFull_CanBeCanceled()
    {
        using Socket listener = Loopback.Listen();
        listener.Listen(0); // room for one
        var address = (IPEndPoint)listener.LocalEndPoint!;
        await using var first = SocketConnection.Of(new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), _pollers);
        await first.ConnectAsync(address, Deadline.Token);
        Assert.True(listener.Poll(Deadline.Limit, SelectMode.SelectRead)); // it is in the queue, which is full now

        await using var second = SocketConnection.Of(new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), _pollers);
        using var cancel = new CancellationTokenSource();
        Task connecting = second.ConnectAsync(address, cancel.Token); // the system tells it nothing
        Assert.False(connecting.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.Within("connecting is canceled"));
    }
}
