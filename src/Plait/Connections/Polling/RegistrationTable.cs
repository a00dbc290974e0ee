namespace Plait.Connections.Polling;

/// <summary>
/// The registrations of one poller. A key names a slot and its user: an event that comes late, for an earlier user of the slot, finds nothing.
/// </summary>
internal sealed class RegistrationTable
{
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new();
    private volatile PollRegistration?[] _slots = new PollRegistration?[64];
    private int _used = 1; // slot 0 is not used: no key is 0
    private uint _generation;
    private bool _closed;

    /// <summary>The registration with a key; null if there is none any more. From any thread, without the lock.</summary>
    internal PollRegistration? Find(ulong key) => _slots[Slot(key)] is { } registration && registration.Key == key ? registration : null;

    /// <summary>Adds a registration and gives it its key; false if the table is closed.</summary>
    internal bool TryAdd(PollRegistration registration)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return false;
            }

            int slot = _free.Count > 0 ? _free.Pop() : _used++;
            if (slot == _slots.Length)
            {
                PollRegistration?[] larger = new PollRegistration?[_slots.Length * 2];
                _slots.CopyTo(larger, 0);
                _slots = larger;
            }

            registration.Key = (ulong)++_generation << 32 | (uint)slot;
            Volatile.Write(ref _slots[slot], registration);
            return true;
        }
    }

    internal void Remove(ulong key)
    {
        lock (_lock)
        {
            Volatile.Write(ref _slots[Slot(key)], null);
            _free.Push(Slot(key));
        }
    }

    /// <summary>Takes no more registrations.</summary>
    /// <returns>Those that are left.</returns>
    internal List<PollRegistration> Close()
    {
        lock (_lock)
        {
            _closed = true;
            return [.. _slots.OfType<PollRegistration>()];
        }
    }

    private static int Slot(ulong key) => (int)(uint)key;
}
