using System.Net;

namespace Plait.Chains.Client;

/// <summary>
/// The addresses of one far end: all connections use one of them until an opening by it fails, and then the next. simple-obfs chooses one at
/// random for each connection (Q23), so that an address of a family that the network lacks breaks a part of them for ever.
/// </summary>
/// <param name="addresses">The addresses, at least one.</param>
internal sealed class FarAddresses(IReadOnlyList<EndPoint> addresses)
{
    private int _current;

    /// <summary>The address for the next connection.</summary>
    internal EndPoint Current => addresses[Volatile.Read(ref _current)];

    /// <summary>An opening by an address failed. Those that began with it before do not skip another one.</summary>
    internal void Failed(EndPoint address)
    {
        int current = Volatile.Read(ref _current);
        if (ReferenceEquals(addresses[current], address))
        {
            Interlocked.CompareExchange(ref _current, (current + 1) % addresses.Count, current);
        }
    }
}
