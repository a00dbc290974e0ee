using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Plait.SystemTests.Doubles;

/// <summary>
/// A meek server (K1, K2, K11) that gives back what it was sent, and closes the TCP connection after each answer: a session
/// lives on while its connections come and go (R4).
/// </summary>
internal sealed class MeekEcho : IAsyncDisposable
{
    private const int LargestBody = 65536; // K7

    private readonly LoopbackListener _listener;
    private readonly ConcurrentDictionary<string, byte[]> _sessions = new();

    private MeekEcho() => _listener = new(ServeAsync);

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>The session of each request.</summary>
    public Recorded<string> Requests { get; } = new("requests at the meek server");

    /// <summary>Starts one on a free port.</summary>
    public static MeekEcho Start() => new();

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket peer, CancellationToken stop)
    {
        string[] lines = (await HttpHead.ReadAsync(peer, stop)).Split("\r\n");
        string session = Field(lines, "X-Session-Id");
        byte[] body = await peer.ReadExactlyAsync(int.Parse(Field(lines, "Content-Length"), CultureInfo.InvariantCulture), stop);
        byte[] owed = [.. _sessions.GetValueOrDefault(session, []), .. body]; // one request of a session at a time
        byte[] answer = owed[..Math.Min(owed.Length, LargestBody)];
        _sessions[session] = owed[answer.Length..];
        Requests.Add(session);
        string head = $"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {answer.Length}\r\nConnection: close\r\n\r\n";
        byte[] all = [.. Encoding.ASCII.GetBytes(head), .. answer];
        await peer.WriteAllAsync(all, stop);
        peer.Shutdown(SocketShutdown.Send);
        await peer.CopyToAsync(peer, stop); // until the client has closed it
    }

    private static string Field(string[] lines, string name) =>
        lines.First(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))[(name.Length + 2)..];
}
