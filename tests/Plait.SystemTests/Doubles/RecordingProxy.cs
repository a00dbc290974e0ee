using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Plait.SystemTests.Doubles;

/// <summary>What one connection asked the proxy for.</summary>
/// <param name="Protocol">socks5, socks4a or http: the scheme of TOR_PT_PROXY.</param>
/// <param name="Target">HOST:PORT, IPv6 in brackets.</param>
/// <param name="User">The user, or null without credentials.</param>
internal sealed record ProxyRequest(string Protocol, string Target, string? User);

/// <summary>
/// The upstream proxy of a censored network: SOCKS5, SOCKS4a and HTTP CONNECT on one port, told apart by the first
/// byte. Records every request, granted or not.
/// </summary>
internal sealed class RecordingProxy : IAsyncDisposable
{
    private const byte NotAllowed = 2;
    private const byte Refused = 5;

    private readonly LoopbackListener _listener;
    private readonly string? _user;
    private readonly string? _password;

    private RecordingProxy(string? user, string? password)
    {
        _user = user;
        _password = password;
        _listener = new(ServeAsync);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>Every target that was asked for.</summary>
    public Recorded<ProxyRequest> Requests { get; } = new("requests at the proxy");

    /// <summary>One for each client that did not show the right credentials.</summary>
    public Recorded<string> Rejected { get; } = new("clients that the proxy rejected");

    /// <summary>From now on refuse every target, as a proxy with a rule against it.</summary>
    public bool RefuseTargets { get; set; }

    /// <summary>Starts one on a free port. With <paramref name="user"/>, SOCKS5 and HTTP want user and password.</summary>
    public static RecordingProxy Start(string? user = null, string? password = null) => new(user, password);

    /// <summary>TOR_PT_PROXY for it, credentials percent-encoded.</summary>
    /// <param name="scheme">socks5, socks4a or http.</param>
    public string Uri(string scheme = "socks5") => _user is null || scheme == "socks4a"
        ? $"{scheme}://{EndPoint}"
        : $"{scheme}://{System.Uri.EscapeDataString(_user)}:{System.Uri.EscapeDataString(_password!)}@{EndPoint}";

    /// <summary>Ends every connection with a reset.</summary>
    public void ResetConnections() => _listener.ResetConnections();

    /// <summary>Closes everything; the port refuses from now on.</summary>
    public Task StopAsync() => _listener.StopAsync();

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        byte first = (await client.ReadExactlyAsync(1, stop))[0];
        Conversation? conversation = first switch
        {
            5 => await Socks5Async(client, stop),
            4 => await Socks4Async(client, stop),
            _ => await HttpAsync(client, first, stop),
        };
        if (conversation is null)
        {
            Rejected.Add($"a client whose first byte was {first}");
            return;
        }

        Requests.Add(new(conversation.Protocol, $"{conversation.Host}:{conversation.Port}", conversation.User));
        if (RefuseTargets)
        {
            await client.WriteAllAsync(conversation.Reply(NotAllowed), stop);
            return;
        }

        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await far.ConnectAsync(conversation.Host.Trim('[', ']'), conversation.Port, stop);
        }
        catch (SocketException)
        {
            await client.WriteAllAsync(conversation.Reply(Refused), stop);
            return;
        }

        await client.WriteAllAsync(conversation.Reply(0), stop);
        await client.RelayAsync(far, stop);
    }

    private sealed record Conversation(string Protocol, string Host, int Port, string? User, Func<byte, byte[]> Reply);

    private async Task<Conversation?> Socks5Async(Socket client, CancellationToken stop)
    {
        byte[] methods = await client.ReadExactlyAsync((await client.ReadExactlyAsync(1, stop))[0], stop);
        byte wanted = (byte)(_user is null ? 0 : 2);
        if (!methods.Contains(wanted))
        {
            await client.WriteAllAsync(new byte[] { 5, 0xff }, stop);
            return null;
        }

        await client.WriteAllAsync(new byte[] { 5, wanted }, stop);
        if (wanted == 2 && !await HasPasswordAsync(client, stop))
        {
            return null;
        }

        byte[] head = await client.ReadExactlyAsync(4, stop);
        string host = head[3] switch
        {
            1 => new IPAddress(await client.ReadExactlyAsync(4, stop)).ToString(),
            4 => $"[{new IPAddress(await client.ReadExactlyAsync(16, stop))}]",
            _ => await SizedAsync(client, stop),
        };
        int port = BinaryPrimitives.ReadUInt16BigEndian(await client.ReadExactlyAsync(2, stop));
        return new("socks5", host, port, _user, code => [5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
    }

    private async Task<bool> HasPasswordAsync(Socket client, CancellationToken stop)
    {
        await client.ReadExactlyAsync(1, stop);
        string user = await SizedAsync(client, stop);
        string password = await SizedAsync(client, stop);
        bool good = user == _user && password == _password;
        await client.WriteAllAsync(new byte[] { 1, (byte)(good ? 0 : 1) }, stop);
        return good;
    }

    private static async Task<Conversation?> Socks4Async(Socket client, CancellationToken stop)
    {
        byte[] head = await client.ReadExactlyAsync(7, stop);
        string user = await UpToNulAsync(client, stop);
        bool named = head[3..] is [0, 0, 0, not 0];
        string host = named ? await UpToNulAsync(client, stop) : new IPAddress(head.AsSpan(3)).ToString();
        return new("socks4a", host, BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(1)), user.Length > 0 ? user : null,
            code => [0, (byte)(code == 0 ? 90 : 91), 0, 0, 0, 0, 0, 0]);
    }

    private async Task<Conversation?> HttpAsync(Socket client, byte first, CancellationToken stop)
    {
        var head = new StringBuilder().Append((char)first);
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            head.Append((char)(await client.ReadExactlyAsync(1, stop))[0]);
        }

        string[] lines = head.ToString().Split("\r\n");
        if (lines[0].Split(' ') is not ["CONNECT", var target, ..] || target.LastIndexOf(':') is not (> 0 and var colon))
        {
            await client.WriteAllAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), stop);
            return null;
        }

        string expected = "Proxy-Authorization: Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_user}:{_password}"));
        if (_user is not null && !lines.Contains(expected, StringComparer.OrdinalIgnoreCase))
        {
            await client.WriteAllAsync("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"u8.ToArray(), stop);
            return null;
        }

        int port = int.Parse(target[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        return new("http", target[..colon], port, _user, code => Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {code switch { 0 => "200 OK", NotAllowed => "403 Forbidden", _ => "502 Bad Gateway" }}\r\n\r\n"));
    }

    private static async Task<string> SizedAsync(Socket client, CancellationToken stop) =>
        Encoding.UTF8.GetString(await client.ReadExactlyAsync((await client.ReadExactlyAsync(1, stop))[0], stop));

    private static async Task<string> UpToNulAsync(Socket client, CancellationToken stop)
    {
        var text = new StringBuilder();
        byte next;
        while ((next = (await client.ReadExactlyAsync(1, stop))[0]) != 0)
        {
            text.Append((char)next);
        }

        return text.ToString();
    }
}
