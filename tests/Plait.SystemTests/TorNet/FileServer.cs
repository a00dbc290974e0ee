using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.TorNet;

/// <summary>
/// Serves <c>GET /LENGTH</c> with that many bytes that are the same each time and nowhere repeat, so that the hash shows
/// a byte that is lost, doubled or out of its place.
/// </summary>
internal sealed class FileServer : IAsyncDisposable
{
    private const int BlockLength = 65536;

    private static readonly byte[] Block = CreateBlock();

    private readonly LoopbackListener _listener = new(ServeAsync);

    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>SHA-256, in hex, of the body of so many bytes.</summary>
    public static string Hash(long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ReadOnlyMemory<byte> block in Content(length))
        {
            hash.AppendData(block.Span);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Asks for so many bytes over a connection to the server.</summary>
    /// <returns>SHA-256, in hex, of the body that came.</returns>
    public static async Task<string> DownloadAsync(Socket connection, long length)
    {
        await connection.WriteAllAsync(Encoding.ASCII.GetBytes($"GET /{length} HTTP/1.0\r\n\r\n"));
        await ReadHeadAsync(connection, CancellationToken.None);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BlockLength];
        int read;
        while ((read = await connection.ReceiveAsync(buffer)) > 0)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private static async Task ServeAsync(Socket client, CancellationToken stop)
    {
        string request = await ReadHeadAsync(client, stop);
        long length = long.Parse(request.Split(' ')[1].TrimStart('/'), CultureInfo.InvariantCulture);
        await client.WriteAllAsync(Encoding.ASCII.GetBytes($"HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\n"), stop);
        foreach (ReadOnlyMemory<byte> block in Content(length))
        {
            await client.WriteAllAsync(block, stop);
        }

        client.Shutdown(SocketShutdown.Send);
        await client.ReadToEndAsync(stop);
    }

    private static async Task<string> ReadHeadAsync(Socket socket, CancellationToken stop)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            head.Append((char)(await socket.ReadExactlyAsync(1, stop))[0]);
        }

        return head.ToString();
    }

    /// <summary>The same random block again and again, each with its number in front.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Content(long length)
    {
        for (long number = 0; length > 0; number++)
        {
            byte[] block = [.. Block];
            BitConverter.TryWriteBytes(block, number);
            int count = (int)Math.Min(length, block.Length);
            yield return block.AsMemory(0, count);
            length -= count;
        }
    }

    private static byte[] CreateBlock()
    {
        byte[] block = new byte[BlockLength];
        new Random(2026).NextBytes(block);
        return block;
    }
}
