using System.Net.Sockets;

namespace Plait.SystemTests.Doubles;

/// <summary>Whole reads, writes and copies on plain sockets.</summary>
internal static class SocketExtensions
{
    /// <summary>Exactly <paramref name="count"/> bytes.</summary>
    /// <exception cref="EndOfStreamException">The peer ended first.</exception>
    public static async Task<byte[]> ReadExactlyAsync(
        this Socket socket, int count, CancellationToken cancellationToken = default)
    {
        byte[] buffer = new byte[count];
        for (int have = 0; have < count;)
        {
            int read = await socket.ReceiveAsync(buffer.AsMemory(have), cancellationToken);
            have += read > 0 ? read : throw new EndOfStreamException($"the peer ended after {have} of {count} bytes");
        }

        return buffer;
    }

    /// <summary>All bytes up to the peer's end.</summary>
    public static async Task<byte[]> ReadToEndAsync(this Socket socket, CancellationToken cancellationToken = default)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[65536];
        int read;
        while ((read = await socket.ReceiveAsync(buffer, cancellationToken)) > 0)
        {
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    /// <summary>Sends all of <paramref name="bytes"/>.</summary>
    public static async Task WriteAllAsync(
        this Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes, cancellationToken)..];
        }
    }

    /// <summary>Copies until <paramref name="from"/> ends, then ends <paramref name="to"/>.</summary>
    /// <returns>How many bytes went over.</returns>
    public static async Task<long> CopyToAsync(this Socket from, Socket to, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[65536];
        long total = 0;
        int read;
        while ((read = await from.ReceiveAsync(buffer, cancellationToken)) > 0)
        {
            await to.WriteAllAsync(buffer.AsMemory(0, read), cancellationToken);
            total += read;
        }

        to.Shutdown(SocketShutdown.Send);
        return total;
    }

    /// <summary>Both directions until both have ended. When one fails, both ends are reset.</summary>
    public static async Task RelayAsync(this Socket near, Socket far, CancellationToken cancellationToken)
    {
        Task[] ways = [near.CopyToAsync(far, cancellationToken), far.CopyToAsync(near, cancellationToken)];
        try
        {
            await await Task.WhenAny(ways);
            await Task.WhenAll(ways);
        }
        catch (SocketException)
        {
            near.LingerState = far.LingerState = new LingerOption(enable: true, seconds: 0);
            near.Dispose();
            far.Dispose();
            throw;
        }
    }
}
