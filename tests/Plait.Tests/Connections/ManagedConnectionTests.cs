using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

public sealed class ManagedConnectionTests() : SocketConnectionTests(Shared.ManagedSockets)
{
    [Fact]
    public async Task Of_SocketsAreNotWatched_IsManaged()
    {
        (System.Net.Sockets.Socket here, System.Net.Sockets.Socket there) = await Loopback.PairAsync();
        await using var connection = SocketConnection.Of(here, Shared.ManagedSockets);
        Assert.IsType<ManagedConnection>(connection);
        there.Dispose();
    }
}
