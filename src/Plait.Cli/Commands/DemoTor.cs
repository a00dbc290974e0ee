using System.Net;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Native;
using Plait.Processes;
using Plait.Storage;
using Plait.Wire.ExtOrPort;

namespace Plait.Cli.Commands;

/// <summary>
/// Stands in for a bridge's tor: an Extended ORPort that takes one connection, and sends and receives bytes at the same time.
/// </summary>
internal sealed class DemoTor : IAsyncDisposable
{
    private readonly AuthCookie _cookie = AuthCookie.Create(SecureRandom.Bytes(32));
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DemoFlow _inward;
    private readonly DemoFlow _outward;
    private readonly ConnectionListener _listener;

    internal DemoTor(string cookieFile, PollerSet pollers, DemoFlow inward, DemoFlow outward)
    {
        (_inward, _outward, CookieFile) = (inward, outward, cookieFile);
        StateFile.Create(cookieFile, _cookie.FormatFile());
        _listener = ConnectionListener.Start(new(IPAddress.Loopback, 0), pollers, new(limit: 16, TimeProvider.System), ServeAsync);
    }

    internal IPEndPoint EndPoint => _listener.EndPoint;

    internal string CookieFile { get; }

    /// <summary>The client's address as Plait tells it.</summary>
    internal IPEndPoint? ClientAddress { get; private set; }

    internal Task Connected => _connected.Task;

    /// <summary>Completes when both directions are through; fails with what was wrong.</summary>
    internal Task Received => _received.Task;

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(SocketConnection connection, CancellationToken stopping)
    {
        var handshake = new ExtOrPortServerHandshake(_cookie, SecureRandom.Bytes(32));
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(connection, handshake, stopping);
        await Poller.LeaveAsync();
        if (!outcome.Completed)
        {
            return;
        }

        ClientAddress = handshake.UserAddress;
        await connection.WriteAsync(ExtOrPortReply.Okay.ToArray(), stopping);
        _connected.TrySetResult();
        try
        {
            await Demo.AllOrFirstFailureAsync(_inward.SendAsync(connection, stopping), _outward.ReceiveAsync(connection, stopping));
            _received.TrySetResult();
            await connection.ReadAsync(new byte[1], stopping); // the client hangs up
        }
        catch (Exception e) when (e is DemoException or IOException)
        {
            _received.TrySetException(e);
        }
    }
}
