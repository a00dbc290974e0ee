using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Plait.SystemTests.Doubles;

/// <summary>What stands behind webtunnel: an HTTP server that upgrades whatever is asked (W16), then says its name, then echoes.</summary>
internal sealed class UpgradeServer : IAsyncDisposable
{
    private readonly LoopbackListener _listener;
    private readonly byte _name;

    private UpgradeServer(byte name)
    {
        _name = name;
        _listener = new(ServeAsync);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>How many connections are open now.</summary>
    public int Open => _listener.Open;

    /// <summary>Starts one that answers the first byte of a connection with <paramref name="name"/>.</summary>
    public static UpgradeServer Start(byte name) => new(name);

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket peer, CancellationToken stop)
    {
        await HttpHead.ReadAsync(peer, stop);
        await peer.WriteAllAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"u8.ToArray(), stop);
        await peer.ReadExactlyAsync(1, stop); // the client loses what arrives with the 101 (W12)
        await peer.WriteAllAsync(new[] { _name }, stop);
        await peer.CopyToAsync(peer, stop);
    }
}

/// <summary>The head of an HTTP request or answer.</summary>
internal static class HttpHead
{
    private const int Limit = 16384;

    /// <summary>Reads up to the blank line, and not a byte further.</summary>
    public static async Task<string> ReadAsync(Socket peer, CancellationToken stop)
    {
        var head = new StringBuilder();
        while (head.Length < Limit)
        {
            head.Append((char)(await peer.ReadExactlyAsync(1, stop))[0]);
            if (head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n")
            {
                return head.ToString();
            }
        }

        throw new EndOfStreamException("a head without an end");
    }
}
