using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

public sealed class PolledListenerTests : ConnectionListenerTests
{
    public PolledListenerTests()
        : base(Shared.Pollers) => Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has pollers");

    [Fact] // Found by eng/fuzz listen-socks: a connection that was reset in its handshake stayed with its poller for ever
    public async Task Accept_HandlerThrows_ThePollerForgetsTheConnection()
    {
        var accepted = new TaskCompletionSource<SocketConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var listener = ConnectionListener.Start(new(IPAddress.Loopback, 0), Shared.Pollers, new(2, TimeProvider.System), async (connection, cancellationToken) =>
        {
            accepted.SetResult(connection);
            await connection.ReadAsync(new byte[1], cancellationToken); // waits, and so is registered
        });
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.EndPoint, Deadline.Token);
        var bad = (PolledConnection)await accepted.Task.Within("the connection is accepted");
        await Deadline.UntilAsync(() => bad.Registration.Poller is not null, "it is registered");
        peer.Reset();
        await listener.WhenIdleAsync().Within("the handler has thrown");
        Assert.Null(bad.Registration.Poller);
    }
}

/// <summary>Where there are no pollers.</summary>
public sealed class ManagedListenerTests() : ConnectionListenerTests(Shared.ManagedSockets);
