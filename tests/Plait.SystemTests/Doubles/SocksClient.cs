using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.SystemTests.Secrecy;

namespace Plait.SystemTests.Doubles;

/// <summary>The SOCKS server refused.</summary>
/// <param name="code">REP of SOCKS5; 0 when it refused the method, 0xff when it refused the arguments.</param>
internal sealed class SocksRefusedException(int code) : Exception($"SOCKS refused with {code}")
{
    public const int Method = 0;
    public const int Arguments = 0xff;

    public int Code => code;
}

/// <summary>Opens a connection through a PT client as tor does: in lock-step, arguments as user and password (S2-S6).</summary>
internal static class SocksClient
{
    private const int FieldLimit = 255;

    /// <summary>Opens a connection, and returns it when the server has granted it.</summary>
    /// <param name="server">The SOCKS port: the address of a CMETHOD line.</param>
    /// <param name="target">An <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/>, which tor never sends.</param>
    /// <param name="arguments">Per-connection arguments, as k=v each, in the order given.</param>
    /// <exception cref="SocksRefusedException">The server refused.</exception>
    /// <exception cref="EndOfStreamException">The server closed without an answer.</exception>
    public static Task<Socket> ConnectAsync(IPEndPoint server, EndPoint target, params string[] arguments) =>
        ConnectAsync(server, target, arguments, Deadline.Default);

    /// <inheritdoc cref="ConnectAsync(IPEndPoint, EndPoint, string[])"/>
    /// <param name="server">The SOCKS port.</param>
    /// <param name="target">The target.</param>
    /// <param name="arguments">Per-connection arguments.</param>
    /// <param name="limit">How long the answer may take.</param>
    public static async Task<Socket> ConnectAsync(IPEndPoint server, EndPoint target, string[] arguments, TimeSpan limit)
    {
        SecretsInUse.AddArguments(arguments);
        if (target is DnsEndPoint name)
        {
            SecretsInUse.Add("a target", name.Host);
        }

        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await NegotiateAsync(socket, server, target, Encode(arguments)).Within($"SOCKS to {target}", limit);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The string tor makes of them: backslash before backslash and semicolon, joined by semicolons (S10).</summary>
    public static string Encode(IEnumerable<string> arguments) => string.Join(';', arguments.Select(argument =>
        argument.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal)));

    private static async Task NegotiateAsync(Socket socket, IPEndPoint server, EndPoint target, string arguments)
    {
        await socket.ConnectAsync(server);
        byte[] methods = arguments.Length > 0 ? [5, 2, 0, 2] : [5, 1, 0];
        await socket.WriteAllAsync(methods);
        byte[] choice = await socket.ReadExactlyAsync(2);
        if (choice is not [5, 0 or 2])
        {
            throw new SocksRefusedException(SocksRefusedException.Method);
        }

        if (choice[1] == 2)
        {
            await socket.WriteAllAsync(Credentials(Encoding.UTF8.GetBytes(arguments)));
            if (await socket.ReadExactlyAsync(2) is not [1, 0])
            {
                throw new SocksRefusedException(SocksRefusedException.Arguments);
            }
        }

        byte[] request = [5, 1, 0, .. Address(target)];
        await socket.WriteAllAsync(request);
        await ReadReplyAsync(socket);
    }

    private static async Task ReadReplyAsync(Socket socket)
    {
        byte[] reply = await socket.ReadExactlyAsync(4);
        if (reply[1] != 0)
        {
            throw new SocksRefusedException(reply[1]);
        }

        int length = reply[3] switch { 1 => 4, 4 => 16, _ => (await socket.ReadExactlyAsync(1))[0] };
        await socket.ReadExactlyAsync(length + 2);
    }

    /// <summary>The first 255 bytes are the user, the others the password; one NUL when there are none (S5).</summary>
    private static byte[] Credentials(byte[] text)
    {
        byte[] user = text[..Math.Min(text.Length, FieldLimit)];
        byte[] password = text.Length > FieldLimit ? text[FieldLimit..] : [0];
        return [1, (byte)user.Length, .. user, checked((byte)password.Length), .. password];
    }

    private static byte[] Address(EndPoint target)
    {
        (byte[] host, int port) = target switch
        {
            IPEndPoint { AddressFamily: AddressFamily.InterNetwork } ip => ([1, .. ip.Address.GetAddressBytes()], ip.Port),
            IPEndPoint ip => ([4, .. ip.Address.GetAddressBytes()], ip.Port),
            DnsEndPoint dns => ((byte[])[3, (byte)dns.Host.Length, .. Encoding.ASCII.GetBytes(dns.Host)], dns.Port),
            _ => throw new ArgumentException("neither an address nor a name", nameof(target)),
        };
        byte[] tail = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(tail, (ushort)port);
        return [.. host, .. tail];
    }
}
