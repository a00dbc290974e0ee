using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Plait.DummyTransport;

/// <summary>The peer did not keep to SOCKS as tor speaks it.</summary>
internal sealed class SocksException(string message) : Exception(message);

/// <summary>What a SOCKS client asked of us, and how to answer it.</summary>
/// <param name="Version">4 or 5.</param>
/// <param name="Target">Where to connect to.</param>
/// <param name="Arguments">The per-connection arguments, still encoded; empty for none.</param>
internal sealed record SocksRequest(int Version, EndPoint Target, string Arguments)
{
    private const byte NoAuthentication = 0;
    private const byte UserPassword = 2;

    /// <summary>Reads a request and answers everything before the last reply.</summary>
    public static Task<SocksRequest> ReadAsync(Socket peer, bool socks4, CancellationToken cancellationToken) =>
        socks4 ? ReadSocks4Async(peer, cancellationToken) : ReadSocks5Async(peer, cancellationToken);

    /// <summary>The last reply. <paramref name="code"/> is SOCKS5's REP; 0 grants.</summary>
    public Task ReplyAsync(Socket peer, byte code) => peer.WriteAsync(Version == 4
        ? new byte[] { 0, (byte)(code == 0 ? 90 : 91), 0, 0, 0, 0, 0, 0 }
        : new byte[] { 5, code, 0, 1, 0, 0, 0, 0, 0, 0 });

    private static async Task<SocksRequest> ReadSocks5Async(Socket peer, CancellationToken stop)
    {
        byte[] greeting = await peer.ReadAsync(2, stop);
        byte[] methods = greeting[0] == 5 ? await peer.ReadAsync(greeting[1], stop) : throw new SocksException("not SOCKS5");
        NothingBehind(peer);
        string arguments = "";
        if (methods.Contains(UserPassword))
        {
            await peer.WriteAsync(new byte[] { 5, UserPassword });
            arguments = await ReadCredentialsAsync(peer, stop);
        }
        else
        {
            byte chosen = methods.Contains(NoAuthentication) ? NoAuthentication : (byte)0xff;
            await peer.WriteAsync(new byte[] { 5, chosen });
        }

        byte[] head = await peer.ReadAsync(4, stop);
        EndPoint target = head switch
        {
            [5, 1, _, 1] => Address(await peer.ReadAsync(6, stop)),
            [5, 1, _, 4] => Address(await peer.ReadAsync(18, stop)),
            [5, 1, _, 3] => Name(await peer.ReadAsync((await peer.ReadAsync(1, stop))[0] + 2, stop)),
            _ => throw new SocksException("not a CONNECT"),
        };
        NothingBehind(peer);
        return new(5, target, arguments);
    }

    private static async Task<string> ReadCredentialsAsync(Socket peer, CancellationToken stop)
    {
        byte[] head = await peer.ReadAsync(2, stop);
        byte[] user = await peer.ReadAsync(head[1], stop);
        byte[] password = await peer.ReadAsync((await peer.ReadAsync(1, stop))[0], stop);
        NothingBehind(peer);

        // tor fills an unused password with one NUL byte (S5); empty fields are refused as goptlib does (S14).
        string arguments = Encoding.UTF8.GetString(password is [0] ? user : [.. user, .. password]);
        bool good = user.Length > 0 && password.Length > 0 && TransportArguments.AreWellFormed(arguments);
        await peer.WriteAsync(new byte[] { 1, (byte)(good ? 0 : 1) });
        return good ? arguments : throw new SocksException("bad arguments");
    }

    private static async Task<SocksRequest> ReadSocks4Async(Socket peer, CancellationToken stop)
    {
        byte[] head = await peer.ReadAsync(8, stop);
        if (head is not [4, 1, ..])
        {
            throw new SocksException("not a SOCKS4 CONNECT");
        }

        var user = new List<byte>();
        byte next;
        while ((next = (await peer.ReadAsync(1, stop))[0]) != 0)
        {
            user.Add(next);
        }

        NothingBehind(peer);
        return new(4, Address([.. head[4..8], .. head[2..4]]), Encoding.UTF8.GetString([.. user]));
    }

    private static IPEndPoint Address(byte[] b) => new(new IPAddress(b.AsSpan(..^2)), Port(b));

    private static DnsEndPoint Name(byte[] b) => new(Encoding.ASCII.GetString(b.AsSpan(..^2)), Port(b));

    private static ushort Port(byte[] b) => BinaryPrimitives.ReadUInt16BigEndian(b.AsSpan(^2));

    /// <summary>As goptlib: bytes after a message that was not answered yet end the connection (S23).</summary>
    private static void NothingBehind(Socket peer)
    {
        if (peer.Available > 0)
        {
            throw new SocksException("bytes before the reply");
        }
    }
}
