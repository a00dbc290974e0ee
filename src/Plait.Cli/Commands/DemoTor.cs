using System.Net;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Native;
using Plait.Wire.ExtOrPort;

namespace Plait.Cli.Commands;

/// <summary>
/// Stands where a bridge's tor would: an Extended ORPort that takes one connection, sends it some bytes and receives some.
/// </summary>
internal sealed class DemoTor : IAsyncDisposable
{
    private readonly AuthCookie _cookie = AuthCookie.Create(SecureRandom.Bytes(32));
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<byte[]> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _toSend;
    private readonly int _toReceive;
    private readonly ConnectionListener _listener;

    internal DemoTor(string cookieFile, byte[] toSend, int toReceive)
    {
        _toSend = toSend;
        _toReceive = toReceive;
        CookieFile = cookieFile;
        File.WriteAllBytes(cookieFile, _cookie.FormatFile());
        _listener = ConnectionListener.Start(new(IPAddress.Loopback, 0), new(limit: 16, TimeProvider.System), ServeAsync);
    }

    internal IPEndPoint EndPoint => _listener.EndPoint;

    internal string CookieFile { get; }

    /// <summary>The client's address as Plait tells it.</summary>
    internal IPEndPoint? ClientAddress { get; private set; }

    internal Task Connected => _connected.Task;

    internal Task<byte[]> Received => _received.Task;

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
            Task sending = connection.WriteAsync(_toSend, stopping).AsTask();
            byte[] received = await Demo.ReadAsync(connection, _toReceive, stopping);
            await sending;
            _received.TrySetResult(received);
            await connection.ReadAsync(new byte[1], stopping); // the client hangs up
        }
        catch (Exception e) when (e is DemoException or IOException)
        {
            _received.TrySetException(e);
        }
    }
}
