using System.Net;

namespace Plait.Chains.Server;

/// <summary>The client's address as the transport at the wire reports it (G1).</summary>
internal static class ClientAddress
{
    /// <summary>
    /// The client of a USERADDR, as tor takes it, that the transport at <paramref name="listener"/> reports. A loopback address is the client's only
    /// if the listener is at a loopback address too. Otherwise it is that of a program in between, of a web server for example, and the
    /// client is not known.
    /// </summary>
    /// <param name="reported">The address, or null if none could be read.</param>
    /// <param name="listener">Where the network reaches the transport.</param>
    internal static IPEndPoint? TakenAsTorDoes(IPEndPoint? reported, IPEndPoint listener) =>
        reported is not null && IPAddress.IsLoopback(reported.Address) && !IPAddress.IsLoopback(listener.Address) ? null : reported;
}
