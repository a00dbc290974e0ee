using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Plait.DummyTransport;

/// <summary>The client side of the Extended ORPort (ext-orport-spec sections 2 and 3).</summary>
internal sealed class ExtOrPortClient(Flags flags, Socket socket)
{
    private const int CookieFileLength = 64;
    private const int NonceLength = 32;
    private const ushort Done = 0;
    private const ushort UserAddressCommand = 1;
    private const ushort TransportCommand = 2;
    private const ushort Okay = 0x1000;
    private const ushort Deny = 0x1001;

    /// <summary>Authenticates, says who the client is and how it came, and waits for the answer.</summary>
    /// <returns>Whether payload may flow; false when the server was not trusted, did not trust us, or denied.</returns>
    public async Task<bool> IntroduceAsync(string cookieFile, string? userAddress, string transport)
    {
        // Read anew for each connection: tor may have restarted since, with another cookie (E39).
        byte[] file = await File.ReadAllBytesAsync(cookieFile);
        if (file.Length != CookieFileLength || !file.AsSpan().StartsWith("! Extended ORPort Auth Cookie !\n"u8))
        {
            return false;
        }

        if (!await AuthenticateAsync(file[32..]))
        {
            return false;
        }

        await socket.WriteAsync(Commands(userAddress, transport));
        while (true)
        {
            byte[] head = await socket.ReadAsync(4);
            await socket.ReadAsync(BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2)));
            ushort type = BinaryPrimitives.ReadUInt16BigEndian(head);
            if (type is Okay or Deny)
            {
                return type == Okay;
            }
        }
    }

    private async Task<bool> AuthenticateAsync(byte[] cookie)
    {
        var types = new List<byte>();
        while (types is not [.., 0])
        {
            types.Add((await socket.ReadAsync(1))[0]);
        }

        if (!types.Contains(1))
        {
            return false;
        }

        byte[] clientNonce = RandomNumberGenerator.GetBytes(NonceLength);
        await socket.WriteAsync(new byte[] { 1 }.Concat(clientNonce).ToArray());
        byte[] answer = await socket.ReadAsync(NonceLength * 2);
        byte[] nonces = [.. clientNonce, .. answer[NonceLength..]];
        byte[] expected = Hash(cookie, "ExtORPort authentication server-to-client hash"u8, nonces);
        if (!CryptographicOperations.FixedTimeEquals(expected, answer.AsSpan(0, NonceLength)))
        {
            return false;
        }

        byte[] hash = Hash(cookie, "ExtORPort authentication client-to-server hash"u8, nonces);
        if (flags.WrongHash)
        {
            hash[0] ^= 1;
        }

        await socket.WriteAsync(hash);
        return await socket.ReadAsync(1) is [1];
    }

    private static byte[] Hash(byte[] cookie, ReadOnlySpan<byte> prefix, byte[] nonces)
    {
        byte[] message = [.. prefix, .. nonces];
        return HMACSHA256.HashData(cookie, message);
    }

    private byte[] Commands(string? userAddress, string transport)
    {
        byte[] unknown = flags.UnknownCommands
            ? [.. Frame(0xfff0, new byte[ushort.MaxValue]), .. Frame(0xfff1, new byte[ushort.MaxValue])]
            : [];
        byte[] address = userAddress is null ? [] : Frame(UserAddressCommand, Encoding.ASCII.GetBytes(userAddress));
        byte[] early = flags.EarlyBytes ? [0x2a] : [];
        byte[] name = Frame(TransportCommand, Encoding.ASCII.GetBytes(transport));
        return [.. unknown, .. address, .. name, .. Frame(Done, []), .. early];
    }

    private static byte[] Frame(ushort type, byte[] body)
    {
        byte[] frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, type);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)body.Length);
        body.CopyTo(frame, 4);
        return frame;
    }
}
