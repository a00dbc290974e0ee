using System.Net;

namespace Plait.Chains.Server;

/// <summary>The client's address as the transport at the wire reports it (design section 3).</summary>
internal static class ClientAddress
{
    /// <summary>
    /// What tor would take of a USERADDR that a transport reports which listens at <paramref name="listener"/>. One from this
    /// machine is the client's only where the listener is for this machine: else it is that of a program in between, of a
    /// web server for example, and the client is unknown.
    /// </summary>
    /// <param name="reported">The address, or null if none could be read.</param>
    /// <param name="listener">Where the network reaches the transport.</param>
    internal static IPEndPoint? TakenAsTorDoes(IPEndPoint? reported, IPEndPoint listener) =>
        reported is not null && IPAddress.IsLoopback(reported.Address) && !IPAddress.IsLoopback(listener.Address) ? null : reported;
}
