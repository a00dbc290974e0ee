using System.Buffers.Binary;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>
/// The MACs of the requests that a bridge has seen (O4-36). In memory only, for 3 h: longer than the three hours for which a request is good.
/// </summary>
internal sealed class ReplayFilter
{
    /// <summary>Requests that are remembered at most; the oldest is forgotten for another one (G6).</summary>
    internal const int MaxEntries = 102_400;

    internal static readonly TimeSpan Lifetime = TimeSpan.FromHours(3);

    private readonly Lock _lock = new();
    private readonly SipHash _keyed;
    private readonly HashSet<ulong> _seen = [];
    private readonly Queue<(ulong Digest, DateTimeOffset Seen)> _order = [];

    /// <param name="key">16 random bytes: requests that fall together cannot be chosen.</param>
    internal ReplayFilter(ReadOnlySpan<byte> key) => _keyed = new(key);

    /// <summary>With a key of its own.</summary>
    internal ReplayFilter()
        : this(SecureRandom.Bytes(16))
    {
    }

    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _order.Count;
            }
        }
    }

    /// <summary>Whether this MAC was seen before; from now on it was.</summary>
    /// <param name="mac">16 bytes.</param>
    /// <param name="time">The system's clock. If it has gone back, everything is forgotten: the ages of the entries mean nothing any more.</param>
    internal bool SeenBefore(ReadOnlySpan<byte> mac, TimeProvider time)
    {
        SipHash hash = _keyed;
        hash.Add(BinaryPrimitives.ReadUInt64LittleEndian(mac));
        hash.Add(BinaryPrimitives.ReadUInt64LittleEndian(mac[8..]));
        ulong digest = hash.Hash();
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow(); // inside the lock: of two requests at once, the later must not look as if the clock had gone back
            Forget(now);
            if (!_seen.Add(digest))
            {
                return true;
            }

            _order.Enqueue((digest, now));
            return false;
        }
    }

    private void Forget(DateTimeOffset now)
    {
        while (_order.TryPeek(out (ulong Digest, DateTimeOffset Seen) oldest))
        {
            TimeSpan age = now - oldest.Seen;
            if (_order.Count < MaxEntries && age >= TimeSpan.Zero && age < Lifetime)
            {
                return;
            }

            if (_order.Count < MaxEntries && age < TimeSpan.Zero)
            {
                _order.Clear();
                _seen.Clear();
                return;
            }

            _order.Dequeue();
            _seen.Remove(oldest.Digest);
        }
    }
}
