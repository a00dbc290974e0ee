using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Plait.Diagnostics;

/// <summary>
/// A bounded queue between writers that must not wait and one reader (G6). Items that find it full are dropped; in their place the reader
/// finds their number.
/// </summary>
/// <param name="capacity">How many items wait at most.</param>
/// <param name="gap">Makes the item that stands for this number of dropped items.</param>
[ProgramSeam]
internal sealed class GapBuffer<T>(int capacity, Func<int, T> gap)
{
    private readonly Lock _lock = new();
    private readonly Channel<T> _items = Channel.CreateBounded<T>(capacity);
    private int _leftOut;

    /// <summary>Adds an item, or counts it as dropped. Never waits.</summary>
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

    /// <summary>Takes no more items; waiting ones can still be read.</summary>
    internal void Complete() => _items.Writer.TryComplete();

    /// <summary>Waits until an item can be read.</summary>
    /// <returns>False if no item will come.</returns>
    internal ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _items.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Takes the next item, if there is one. Items are dropped only after others in the queue, so a reader that reads to the end sees every gap.</summary>
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
