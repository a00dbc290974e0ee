using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>What a listener does alike with every back-end.</summary>
public abstract class ConnectionListenerTests : IAsyncDisposable
{
    private static readonly IPEndPoint s_anyPort = new(IPAddress.Loopback, 0);

    private readonly ConnectionBudget _budget = new(2, TimeProvider.System);
    private readonly ConnectionListener _listener;
    private readonly PollerSet _pollers;

    private protected ConnectionListenerTests(PollerSet pollers)
    {
        _pollers = pollers;
        _listener = ConnectionListener.Start(s_anyPort, _pollers, _budget, EchoAsync);
    }

    [Fact]
    public async Task Accept_BeyondTheBudget_ResetsAndRecovers() // G6
    {
        await using SocketConnection one = await ConnectAsync();
        SocketConnection two = await ConnectAsync();
        await EchoesAsync(one);
        await EchoesAsync(two);
        Assert.Equal((2, 2), (_budget.Taken, _listener.Connections));

        Assert.Equal(SocketError.ConnectionReset, await ConnectAndEndAsync());

        Assert.Equal((2, 1), (_budget.Taken, _budget.Refused));
        await EchoesAsync(one);

        await two.FinishAsync(); // its handler returns, and only then is the connection closed
        Assert.Equal(SocketError.Success, await two.EndAsync());
        await two.DisposeAsync();
        await FreedAsync();
        await using SocketConnection four = await ConnectAsync();
        await EchoesAsync(four);
        Assert.Equal(1, _budget.Refused);
    }

    [Fact]
    public async Task Accept_HandlerThrows_EndsThatConnectionOnly()
    {
        await using SocketConnection bad = await ConnectAsync();
        await bad.SendAsync("!");
        Assert.Equal(SocketError.Success, await bad.EndAsync());
        await using SocketConnection good = await ConnectAsync();
        await EchoesAsync(good);
    }

    [Fact]
    public async Task StopAccepting_OpenConnections_GoOn() // L7
    {
        await using SocketConnection open = await ConnectAsync();
        await EchoesAsync(open);
        _listener.StopAccepting();
        await Deadline.UntilAsync(Refuses, "it refuses"); // a program being started may hold a copy of the listener
        await EchoesAsync(open);

        Task idle = _listener.WhenIdleAsync();
        Assert.False(idle.IsCompleted);
        await open.FinishAsync();
        await idle.Within("no connection is open");
        Assert.Equal(0, _listener.Connections);
    }

    [Fact]
    public async Task DisposeAsync_OpenConnections_AreEndedAndGivenBack()
    {
        var listener = ConnectionListener.Start(s_anyPort, _pollers, _budget, EchoAsync);
        await using SocketConnection open = await ConnectAsync(listener);
        await EchoesAsync(open);
        await listener.DisposeAsync().AsTask().Within("the listener is closed");
        Assert.Equal(SocketError.Success, await open.EndAsync());
        Assert.Equal((0, 0), (_budget.Taken, listener.Connections));
    }

    [Fact]
    public void Start_AddressInUse_Throws()
    {
        SocketException error = Assert.Throws<SocketException>(
            () => ConnectionListener.Start(_listener.EndPoint, _pollers, _budget, EchoAsync));
        Assert.Equal(SocketError.AddressAlreadyInUse, error.SocketErrorCode);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _listener.DisposeAsync();
    }

    private async Task EchoAsync(SocketConnection connection, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[1];
        while (await connection.ReadAsync(buffer, cancellationToken) > 0)
        {
            if (buffer[0] == '!')
            {
                throw new IOException("as a handler's connection may");
            }

            await connection.WriteAsync(buffer, cancellationToken);
        }
    }

    // The place is given back a moment after the peer saw the end.
    private Task FreedAsync() => Deadline.UntilAsync(() => _budget.Taken < 2, "the place is given back");

    private async Task<SocketConnection> ConnectAsync(ConnectionListener? listener = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync((listener ?? _listener).EndPoint, Deadline.Token);
        return SocketConnection.Of(socket, _pollers);
    }

    private bool Refuses()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(_listener.EndPoint);
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;
        }
    }

    // A reset may be so quick that the connect itself is told.
    private async Task<SocketError> ConnectAndEndAsync()
    {
        try
        {
            await using SocketConnection connection = await ConnectAsync();
            return await connection.EndAsync();
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    private static async Task EchoesAsync(SocketConnection connection)
    {
        await connection.SendAsync("e");
        Assert.Equal("e", await connection.ReceiveAsync(1));
    }
}
