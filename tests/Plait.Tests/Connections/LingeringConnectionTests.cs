using System.Net.Sockets;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

public class LingeringConnectionTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Abort_PeerSeesAnEndAndNoReset()
    {
        (LingeringConnection here, Socket there) = await PairAsync(s_patience);
        await here.SendAsync("x");
        here.Abort();
        Assert.Equal(SocketError.Success, await there.EndAsync());
        Assert.False(here.PeerEnded);
        there.Dispose();
        await here.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DisposeAsync_WaitsForThePeersEnd(bool reset)
    {
        (LingeringConnection here, Socket there) = await PairAsync(s_patience);
        there.Send(new byte[10_000]); // what nobody wants any more does not hide the end
        Task disposed = here.DisposeAsync().AsTask();
        Assert.Equal(SocketError.Success, await there.EndAsync());
        Assert.False(disposed.IsCompleted);
        if (reset)
        {
            there.Reset();
        }
        else
        {
            there.Dispose();
        }

        await disposed.Within("the connection is closed");
        Assert.True(here.PeerEnded);
    }

    [Fact]
    public async Task DisposeAsync_PeerNeverEnds_GivesUpWithoutKnowing()
    {
        (LingeringConnection here, Socket there) = await PairAsync(TimeSpan.FromMilliseconds(1));
        await here.DisposeAsync().AsTask().Within("patience ends");
        Assert.False(here.PeerEnded);
        there.Dispose();
    }

    [Fact]
    public async Task ReadAsync_EmptyRead_IsNoEnd()
    {
        (LingeringConnection here, Socket there) = await PairAsync(s_patience);
        there.Send("x"u8);
        Assert.Equal(0, await here.ReadAsync(Memory<byte>.Empty, Deadline.Token));
        Assert.False(here.PeerEnded);
        there.Dispose();
        Assert.Equal("x", await here.ReceiveAsync(2));
        Assert.True(here.PeerEnded);
        await here.DisposeAsync();
    }

    private static async Task<(LingeringConnection Here, Socket There)> PairAsync(TimeSpan patience)
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        return (new(here, patience), there);
    }
}
