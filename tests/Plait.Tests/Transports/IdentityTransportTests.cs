using Plait.Connections;
using Plait.Tests.Support;
using Plait.Transports;
using Plait.Transports.BuiltIn;
using Xunit;

namespace Plait.Tests.Transports;

public class IdentityTransportTests
{
    [Fact]
    public async Task Wrap_Bytes_StayAsTheyAre()
    {
        var identity = new IdentityTransport();
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        ByteConnection client = identity.WrapClient(near);
        ByteConnection server = identity.WrapServer(far);
        await client.SendAsync("=\0\xFF");
        Assert.Equal("=\0\xFF", await server.ReceiveAsync(3));
        await server.FinishAsync();
        Assert.Equal("", await client.ReceiveAsync(1));
    }

    [Fact]
    public void BuiltInTransports_StandUnderTheirOwnNames()
    {
        Assert.All(InProcessTransports.Clients, entry => Assert.Equal(entry.Key, entry.Value.Name));
        Assert.All(InProcessTransports.Servers, entry => Assert.Equal(entry.Key, entry.Value.Name));
    }
}
