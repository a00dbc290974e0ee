using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.ProxyProtocol;

namespace Plait.Chains.Server;

/// <summary>
/// A service that connections of a tunnel are forwarded to. It gets payload and, where it asks for them, the client's address in a PROXY header.
/// It may speak first.
/// </summary>
/// <param name="address">Where it accepts.</param>
/// <param name="header">The version of the PROXY header that it expects; null for none.</param>
/// <param name="listener">The address that the chain listens at, for the header of a connection whose own is not known; it may be a wildcard.</param>
/// <param name="clients">The source addresses of clients; null for the one that the system chooses. The service is at a loopback address then.</param>
/// <param name="outside">Dials TCP addresses.</param>
internal sealed class ServiceDialer(
    ServiceAddress address, ProxyHeaderVersion? header, IPEndPoint? listener, ClientTable? clients, OutsideDialer outside) : InnerEnd
{
    internal override ChainStage Stage => ChainStage.Service;

    internal override SafeText NoAnswer => $"the service that the tunnel forwards to does not accept connections";

    internal override SafeText Silence => $"the service that the tunnel forwards to did not answer";

    /// <summary>Connects only when the inner hops have let the client through: a service sees no connection that brings nothing.</summary>
    internal override Task<InnerConnection> ApproachAsync(IPEndPoint? client, string alias, CancellationToken cancellationToken) =>
        Task.FromResult(new InnerConnection(
            async (owner, introducing) => await ConnectAsync(client, owner, introducing).ConfigureAwait(false), static () => { }));

    /// <summary>Connects for one client.</summary>
    /// <param name="client">Its address, or null if it is not known (G1).</param>
    /// <param name="owner">Its connection: when that has ended, so has the use of its source address. It knows the address that the client connected to.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="SocketException">The service does not accept.</exception>
    /// <exception cref="IOException">The same, or it has left.</exception>
    internal async Task<SocketConnection> ConnectAsync(IPEndPoint? client, ChainConnection owner, CancellationToken cancellationToken)
    {
        SocketConnection stream = await DialAsync(client, owner, cancellationToken).ConfigureAwait(false);
        if (header is { } version)
        {
            try
            {
                await stream.WriteAsync(ProxyHeader.Format(version, client, owner.EnteredAt ?? listener), cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await stream.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }

        return stream;
    }

    private async Task<SocketConnection> DialAsync(IPEndPoint? client, ChainConnection owner, CancellationToken cancellationToken)
    {
        if (address is ServiceAddress.Unix unix)
        {
            return await UnixSockets.ConnectAsync(unix.Path, outside.Pollers, outside.Time, cancellationToken).ConfigureAwait(false);
        }

        EndPoint target = ((ServiceAddress.Tcp)address).Address;
        if (target is IPEndPoint loopback && client is not null && clients is not null
            && await clients.TakeAsync(client.Address, cancellationToken).ConfigureAwait(false) is { } source)
        {
            owner.Own(source);
            return await SourceAddresses.ConnectFromAsync(source.Address, loopback, outside.Pollers, cancellationToken).ConfigureAwait(false);
        }

        return await outside.ConnectAsync(target, cancellationToken).ConfigureAwait(false);
    }
}
