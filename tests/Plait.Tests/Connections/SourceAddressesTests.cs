using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

public class SourceAddressesTests
{
    [Theory]
    [InlineData("127.64.0.0/10", 200, 200)]
    [InlineData("127.1.2.0/29", 12, 6)] // without the first and the last
    [InlineData("127.1.2.4/31", 4, 2)]
    [InlineData("127.1.2.3/32", 3, 1)]
    public void Bind_ManyTimes_TakesTheAddressesInTurn(string range, int times, int distinct)
    {
        var network = IPNetwork.Parse(range);
        var sources = new SourceAddresses(network, Shared.Pollers);
        var taken = new List<IPAddress>();
        for (int i = 0; i < times; i++)
        {
            using Socket socket = sources.Bind();
            var local = (IPEndPoint)socket.LocalEndPoint!;
            Assert.NotEqual(0, local.Port); // known before it connects (C11)
            taken.Add(local.Address);
        }

        Assert.All(taken, address => Assert.True(network.Contains(address) && sources.Contains(address)));
        Assert.Equal(distinct, taken.Distinct().Count());
        Assert.All(taken.Chunk(distinct), turn => Assert.Equal(turn.Length, turn.Distinct().Count()));
        if (distinct > 2)
        {
            Assert.DoesNotContain(network.BaseAddress, taken);
        }
    }

    [Fact]
    public async Task ConnectAsync_LoopbackListener_IsDialledFromTheRange()
    {
        var sources = new SourceAddresses(new(IPAddress.Parse("127.64.0.0"), 10), Shared.Pollers);
        using Socket listener = Loopback.Listen();
        await using SocketConnection connected = await sources.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, Deadline.Token);
        using Socket accepted = await listener.AcceptAsync(Deadline.Token);
        var seen = (IPEndPoint)accepted.RemoteEndPoint!;
        Assert.Equal(connected.Own, seen);
        Assert.True(sources.Contains(seen.Address));
        Assert.False(sources.Contains(IPAddress.Loopback));
    }

    [Fact]
    public async Task ConnectAsync_PortRefuses_Throws()
    {
        var sources = new SourceAddresses(new(IPAddress.Parse("127.64.0.0"), 10), Shared.Pollers);
        SocketException error = await Assert.ThrowsAsync<SocketException>(
            () => sources.ConnectAsync(Loopback.Closed, Deadline.Token));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Theory]
    [InlineData("10.0.0.0/8")]
    [InlineData("126.0.0.0/7")]
    [InlineData("::1/128")]
    public void Constructor_RangeBeyondLoopback_IsRefused(string range) =>
        Assert.Throws<ArgumentException>(() => new SourceAddresses(IPNetwork.Parse(range), Shared.Pollers));
}
