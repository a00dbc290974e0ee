using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Plait.DummyTransport;

/// <summary>
/// meek's server, in plain HTTP/1.1: each POST carries bytes of the stream that X-Session-Id names, and is answered with bytes of it (K1, K2).
/// A connection carries as many requests as the client likes, of one session or another.
/// </summary>
internal sealed class MeekServer : IDisposable
{
    private const int ShortestId = 8; // K2
    private const string Welcome = "I’m just a happy little web server.\n"; // K10

    private static readonly TimeSpan s_idleConnection = TimeSpan.FromSeconds(20); // K15
    private static readonly TimeSpan s_idleSession = TimeSpan.FromSeconds(120); // K14
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(60);

    private readonly Func<Socket, Task<Socket?>> _open;
    private readonly ConcurrentDictionary<string, Lazy<MeekSession>> _sessions = new();
    private readonly Timer _idle;

    /// <param name="open">Opens a stream to tor for a client that came by this connection; null where tor refuses it.</param>
    public MeekServer(Func<Socket, Task<Socket?>> open)
    {
        _open = open;
        _idle = new(_ => EndIdleSessions(), null, s_round, s_round);
    }

    /// <summary>Serves one connection to its end.</summary>
    public async Task ServeAsync(Socket peer)
    {
        while (await MeekRequest.ReadAsync(peer, s_idleConnection) is { } request)
        {
            await peer.WriteAsync(await AnswerAsync(request, peer));
        }
    }

    public void Dispose() => _idle.Dispose();

    private async Task<byte[]> AnswerAsync(MeekRequest request, Socket peer)
    {
        const string text = "text/plain; charset=utf-8";
        if (request.Method == "GET")
        {
            return Response("200 OK", text, Encoding.UTF8.GetBytes(Welcome));
        }

        if (request.Method != "POST" || request.SessionId.Length < ShortestId)
        {
            return Response("400 Bad Request", text, "Bad request.\n\n"u8);
        }

        // One that has ended stays known, and ended: a client that goes on must not get another stream under the same name (K13).
        Lazy<MeekSession> session = _sessions.GetOrAdd(request.SessionId, _ => new(() => new(_open(peer))));
        return await session.Value.ExchangeAsync(request.Body) is { } answer
            ? Response("200 OK", "application/octet-stream", answer)
            : Response("500 Internal Server Error", text, "Internal server error.\n\n"u8);
    }

    private void EndIdleSessions()
    {
        foreach ((string id, Lazy<MeekSession> session) in _sessions)
        {
            if (Environment.TickCount64 - session.Value.LastUsed > s_idleSession.TotalMilliseconds && _sessions.TryRemove(id, out _))
            {
                session.Value.Dispose();
            }
        }
    }

    private static byte[] Response(string status, string type, ReadOnlySpan<byte> body)
    {
        string date = DateTimeOffset.UtcNow.ToString("r", CultureInfo.InvariantCulture);
        string head = $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nDate: {date}\r\nContent-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }
}
