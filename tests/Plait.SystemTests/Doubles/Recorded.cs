using System.Collections;

namespace Plait.SystemTests.Doubles;

/// <summary>What a double saw, in order, and a way to wait for more of it. Safe to use from any thread.</summary>
/// <param name="what">What is recorded, for the message of a wait that failed.</param>
internal sealed class Recorded<T>(string what) : IReadOnlyCollection<T>
{
    private const int TailLength = 40;

    private readonly Lock _lock = new();
    private readonly List<T> _items = [];
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>How many there are by now.</summary>
    public int Count => Snapshot().Count;

    /// <summary>All there are by now.</summary>
    public IReadOnlyList<T> Snapshot()
    {
        lock (_lock)
        {
            return [.. _items];
        }
    }

    /// <summary>Records one more.</summary>
    public void Add(T item)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _items.Add(item);
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    /// <summary>Waits until there are at least <paramref name="count"/>.</summary>
    public Task<IReadOnlyList<T>> WaitForCountAsync(int count, TimeSpan? limit = null) =>
        AtLeastAsync(count).Within($"{count} {what}", limit, Tail);

    /// <summary>Waits for the first that fits, seen already or still to come.</summary>
    public Task<T> WaitForAsync(Predicate<T> fits, string description, TimeSpan? limit = null) =>
        FirstAsync(fits).Within(description, limit, Tail);

    public IEnumerator<T> GetEnumerator() => Snapshot().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The last of them, for the message of a failure.</summary>
    public string Tail()
    {
        IReadOnlyList<T> items = Snapshot();
        return $"{items.Count} {what}, the last of them:\n{string.Join('\n', items.TakeLast(TailLength))}";
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<IReadOnlyList<T>> AtLeastAsync(int count)
    {
        while (true)
        {
            (IReadOnlyList<T> items, Task changed) = SnapshotAndSignal(0);
            if (items.Count >= count)
            {
                return items;
            }

            await changed;
        }
    }

    private async Task<T> FirstAsync(Predicate<T> fits)
    {
        int seen = 0;
        while (true)
        {
            (IReadOnlyList<T> items, Task changed) = SnapshotAndSignal(seen);
            foreach (T item in items)
            {
                if (fits(item))
                {
                    return item;
                }
            }

            seen += items.Count;
            await changed;
        }
    }

    private (IReadOnlyList<T> Items, Task Changed) SnapshotAndSignal(int from)
    {
        lock (_lock)
        {
            return (_items[from..], _changed.Task);
        }
    }
}
