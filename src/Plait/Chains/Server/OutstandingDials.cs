using System.Collections.Concurrent;
using System.Net;

namespace Plait.Chains.Server;

/// <summary>
/// The dials to one server child that the child has not yet brought to its joint. The child reports the address that it was
/// dialled from and its transport's name; the two together name one dial (C10, V18). All addresses that Plait takes from
/// its own dials rest on this table.
/// </summary>
/// <remarks>
/// Both are compared before anything is removed: another local user who dials a listener of the child can choose the
/// transport, and must not be able to take a dial away by that.
/// </remarks>
internal sealed class OutstandingDials
{
    private readonly ConcurrentDictionary<(IPEndPoint Source, string Transport), InwardDial> _dials = new();

    /// <summary>How many there are.</summary>
    internal int Count => _dials.Count;

    /// <summary>All there are.</summary>
    internal ICollection<InwardDial> Snapshot() => _dials.Values;

    /// <summary>Enters a dial. Before it connects: some children answer at once (C11).</summary>
    /// <returns>False if an older dial of the same source is still known: then another source is needed.</returns>
    internal bool TryAdd(InwardDial dial) => _dials.TryAdd(KeyOf(dial), dial);

    /// <summary>Takes out the dial to <paramref name="transport"/> from <paramref name="source"/>; null if there is none, or no longer.</summary>
    internal InwardDial? Claim(IPEndPoint source, string transport) => _dials.TryRemove((source, transport), out InwardDial? dial) ? dial : null;

    /// <summary>The dial is over. A later one of the same source stays.</summary>
    internal void Remove(InwardDial dial) => _dials.TryRemove(KeyValuePair.Create(KeyOf(dial), dial));

    private static (IPEndPoint Source, string Transport) KeyOf(InwardDial dial) => (dial.Source, dial.Transport);
}
