using Plait.Connections;
using Plait.Native;

namespace Plait.Cli.Commands;

/// <summary>
/// One direction of the demonstration: random bytes from one end to the other, each compared where it arrives. The two ends are in this
/// process, so the receiver knows what is sent and, once the sender does, how much.
/// </summary>
/// <param name="goesOn">Whether more is sent after so many bytes.</param>
internal sealed class DemoFlow(Func<long, bool> goesOn)
{
    private const int Piece = 64 << 10;

    // The bytes repeat after a prime number of them: a piece that is lost, doubled or exchanged is never one like itself.
    private const int Period = 65521;

    private readonly byte[] _bytes = Repeated();
    private long _total = long.MaxValue;

    /// <summary>Bytes sent; meaningful once <see cref="SendAsync"/> has ended.</summary>
    internal long Total => Volatile.Read(ref _total);

    /// <summary>Sends until the last piece.</summary>
    internal async Task SendAsync(ByteConnection to, CancellationToken cancellationToken)
    {
        for (long sent = 0; sent < Total; sent += Piece)
        {
            if (!goesOn(sent + Piece))
            {
                Volatile.Write(ref _total, sent + Piece); // before the piece: the receiver waits for no other after it
            }

            await to.WriteAsync(Expected(sent, Piece), cancellationToken);
        }
    }

    /// <summary>Receives all that is sent.</summary>
    /// <exception cref="DemoException">A byte is wrong, or the connection ended.</exception>
    internal async Task ReceiveAsync(ByteConnection from, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[Piece];
        for (long held = 0; held < Total;)
        {
            int count = await from.ReadAsync(buffer, cancellationToken);
            if (count == 0)
            {
                throw new DemoException($"the chain ended after {held} bytes in one direction; more were sent");
            }

            if (!buffer.AsSpan(0, count).SequenceEqual(Expected(held, count).Span))
            {
                throw new DemoException($"the bytes that arrived are not the bytes that were sent, from byte {held} on or soon after it");
            }

            held += count;
        }
    }

    private ReadOnlyMemory<byte> Expected(long at, int count) => _bytes.AsMemory((int)(at % Period), count);

    private static byte[] Repeated()
    {
        byte[] period = SecureRandom.Bytes(Period);
        return [.. period, .. period, .. period]; // a piece from any place in the first
    }
}
