using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Plait.DummyTransport;

/// <summary>Opens the outside connections of a client: directly, or through TOR_PT_PROXY (SOCKS5 only).</summary>
internal sealed class Dialer(Uri? proxy)
{
    public async Task<Socket> DialAsync(EndPoint target)
    {
        if (proxy is null)
        {
            return await Sockets.ConnectAsync(target);
        }

        Socket socket = await Sockets.ConnectAsync(new IPEndPoint(IPAddress.Parse(proxy.IdnHost), proxy.Port));
        try
        {
            await NegotiateAsync(socket, target);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task NegotiateAsync(Socket socket, EndPoint target)
    {
        string[] credentials = [.. proxy!.UserInfo.Split(':', 2).Select(Uri.UnescapeDataString)];
        bool named = credentials.Length == 2;
        await socket.WriteAsync(new byte[] { 5, 1, (byte)(named ? 2 : 0) });
        Expect(await socket.ReadAsync(2), 5, (byte)(named ? 2 : 0));
        if (named)
        {
            await socket.WriteAsync(new byte[] { 1 }.Concat(Sized(credentials[0])).Concat(Sized(credentials[1])).ToArray());
            Expect(await socket.ReadAsync(2), 1, 0);
        }

        await socket.WriteAsync(new byte[] { 5, 1, 0 }.Concat(Address(target)).ToArray());
        byte[] reply = await socket.ReadAsync(4);
        if (reply is not [5, 0, _, 1 or 3 or 4])
        {
            throw new ProxyRefusedException(reply[1]);
        }

        int length = reply[3] switch { 1 => 4, 4 => 16, _ => (await socket.ReadAsync(1))[0] };
        await socket.ReadAsync(length + 2);
    }

    private static byte[] Address(EndPoint target)
    {
        (byte[] host, int port) = target switch
        {
            IPEndPoint { AddressFamily: AddressFamily.InterNetwork } ip => ([1, .. ip.Address.GetAddressBytes()], ip.Port),
            IPEndPoint ip => ([4, .. ip.Address.GetAddressBytes()], ip.Port),
            DnsEndPoint dns => ((byte[])[3, .. Sized(dns.Host)], dns.Port),
            _ => throw new ArgumentException("neither an address nor a name", nameof(target)),
        };
        byte[] tail = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(tail, (ushort)port);
        return [.. host, .. tail];
    }

    private static byte[] Sized(string text) => [(byte)Encoding.UTF8.GetByteCount(text), .. Encoding.UTF8.GetBytes(text)];

    private static void Expect(byte[] answer, byte first, byte second)
    {
        if (answer[0] != first || answer[1] != second)
        {
            throw new ProxyRefusedException(1);
        }
    }
}

/// <summary>The proxy said no; <see cref="Reply"/> is its SOCKS5 code, to be handed on.</summary>
internal sealed class ProxyRefusedException(byte reply) : IOException($"the proxy answered {reply}")
{
    public byte Reply => reply;
}
