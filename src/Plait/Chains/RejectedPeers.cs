namespace Plait.Chains;

/// <summary>Bounds the connections of rejected peers that are kept and read (G6): half of all connections, so that clients find room.</summary>
/// <param name="most">How many there may be.</param>
internal sealed class RejectedPeers(int most)
{
    private int _count;

    /// <summary>Rejected peers that are kept now.</summary>
    internal int Count => Volatile.Read(ref _count);

    /// <summary>Counts one more; it owes <see cref="Release"/>. False if there are too many.</summary>
    internal bool TryTake()
    {
        if (Interlocked.Increment(ref _count) <= most)
        {
            return true;
        }

        Release();
        return false;
    }

    /// <summary>Counts one less.</summary>
    internal void Release() => Interlocked.Decrement(ref _count);
}
