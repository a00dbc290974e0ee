using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Plait.Diagnostics;

/// <summary>
/// A bounded queue between those who must not wait and one who reads (G6). What finds it full is left out; in its place,
/// between what came before and what came after, the reader finds how many those were.
/// </summary>
/// <param name="capacity">How many items wait at most.</param>
/// <param name="gap">Makes the item that stands for so many that were left out.</param>
internal sealed class GapBuffer<T>(int capacity, Func<int, T> gap)
{
    private readonly Lock _lock = new();
    private readonly Channel<T> _items = Channel.CreateBounded<T>(capacity);
    private int _leftOut;

    /// <summary>Adds an item, or counts it as left out. Never waits.</summary>
    internal void Add(T item)
    {
        lock (_lock)
        {
            if (_leftOut > 0 && _items.Writer.TryWrite(gap(_leftOut)))
            {
                _leftOut = 0;
            }

            if (_leftOut > 0 || !_items.Writer.TryWrite(item))
            {
                _leftOut++;
            }
        }
    }

    /// <summary>Nothing more comes; what waits can still be read.</summary>
    internal void Complete() => _items.Writer.TryComplete();

    /// <summary>Waits until there is something to read.</summary>
    /// <returns>False if nothing more comes.</returns>
    internal ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _items.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Takes the next item, if there is one. Items are left out only behind others: who reads to the end sees all gaps.</summary>
    internal bool TryRead([MaybeNullWhen(false)] out T item)
    {
        if (_items.Reader.TryRead(out item))
        {
            return true;
        }

        lock (_lock)
        {
            if (_items.Reader.TryRead(out item))
            {
                return true; // it came in between
            }

            if (_leftOut == 0)
            {
                return false;
            }

            item = gap(_leftOut);
            _leftOut = 0;
            return true;
        }
    }
}
