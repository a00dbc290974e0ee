using System.Net.Sockets;
using System.Security.Cryptography;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Prober;

/// <summary>What a prober sends.</summary>
/// <param name="Name">In words.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="Bytes">Makes them; random ones are others each time.</param>
/// <param name="IsTrickle">Each byte in a segment of its own, with a pause after it.</param>
internal sealed record Payload(string Name, int Length, Func<byte[]> Bytes, bool IsTrickle = false)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Not a byte.</summary>
    public static Payload Nothing { get; } = Random(0) with { Name = "nothing" };

    /// <summary>A browser's first words, without TLS.</summary>
    public static Payload Http { get; } = Of("an HTTP request", [.. "GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"u8]);

    /// <summary>A browser's first words, with TLS.</summary>
    public static Payload TlsHello { get; } = Of("a TLS hello", ClientHello());

    /// <summary>A thousand zeros.</summary>
    public static Payload Zeros { get; } = Of("1,000 zeros", new byte[1000]);

    /// <summary>A hundred random bytes, one by one.</summary>
    public static Payload Trickle { get; } = Random(100) with { Name = "100 random bytes, one by one", IsTrickle = true };

    /// <summary>So many random bytes.</summary>
    public static Payload Random(int length) => new(
        length == 1 ? "1 random byte" : FormattableString.Invariant($"{length:N0} random bytes"), length, () => RandomNumberGenerator.GetBytes(length));

    /// <summary>Sends it.</summary>
    public async Task SendAsync(Socket socket, CancellationToken stop)
    {
        byte[] bytes = Bytes();
        if (!IsTrickle)
        {
            await socket.WriteAllAsync(bytes, stop);
            return;
        }

        using var pace = new PeriodicTimer(s_pause);
        foreach (byte one in bytes)
        {
            await socket.WriteAllAsync(new[] { one }, stop);
            await pace.WaitForNextTickAsync(stop);
        }
    }

    private static Payload Of(string name, byte[] bytes) => new(name, bytes.Length, () => bytes);

    /// <summary>A ClientHello of TLS 1.2 (RFC 5246, 7.4.1.2) with a server name (RFC 6066, 3) and supported groups (RFC 8422, 5.1).</summary>
    private static byte[] ClientHello()
    {
        byte[] name = [.. "example.com"u8];
        byte[] serverName = Extension(0, [.. Long(name.Length + 3), 0, .. Long(name.Length), .. name]);
        byte[] groups = Extension(10, [0, 4, 0, 29, 0, 23]);
        byte[] extensions = [.. serverName, .. groups];
        byte[] suites = [0xC0, 0x2B, 0xC0, 0x2F, 0xC0, 0x2C, 0xC0, 0x30, 0x00, 0x9C];
        byte[] body = [3, 3, .. RandomNumberGenerator.GetBytes(32), 0, .. Long(suites.Length), .. suites, 1, 0, .. Long(extensions.Length), .. extensions];
        byte[] handshake = [1, 0, .. Long(body.Length), .. body];
        return [22, 3, 1, .. Long(handshake.Length), .. handshake];

        static byte[] Extension(byte kind, byte[] data) => [0, kind, .. Long(data.Length), .. data];
        static byte[] Long(int value) => [(byte)(value >> 8), (byte)value];
    }
}
