using System.Net.Sockets;
using Plait.Connections;
using Plait.Native;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

public sealed class PolledConnectionTests : SocketConnectionTests
{
    public PolledConnectionTests()
        : base(Shared.Pollers) => Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has pollers");

    [Fact]
    public async Task ReadAsync_ResetThatAWriteWasToldOf_IsNoEnd() // G9
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = new PolledConnection(SocketHandle.Take(here), Shared.Pollers);
        there.Reset();
        Assert.True(connection.Socket.Poll(Deadline.Limit, SelectMode.SelectError));
        await Assert.ThrowsAsync<IOException>(() => connection.SendAsync("x"));
        Assert.Equal(([], true), await connection.ReceiveAllAsync());
    }

    [Fact]
    public async Task PeerHasLeft_BytesOfItAreUnread_False()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = new PolledConnection(SocketHandle.Take(here), Shared.Pollers);
        Assert.False(connection.PeerHasLeft());

        there.Dispose();
        await Deadline.UntilAsync(connection.PeerHasLeft, "the end comes");
        connection.Unconsumed("said before"u8.ToArray());
        Assert.False(connection.PeerHasLeft());
    }
}
