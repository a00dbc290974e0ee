using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Wire.Addresses;

namespace Plait.Chains.Client;

/// <summary>A hop that listens for SOCKS: a child's transport (<see cref="ManagedClientHop"/>) or a program that runs already.</summary>
internal abstract class SocksHop : ClientHop
{
    /// <summary>Dials a hop that takes no proxy: at the wire the hop dials the network itself, elsewhere it is joined by a shim.</summary>
    /// <exception cref="ChainException">This hop or one behind it failed.</exception>
    protected static async Task<ByteConnection> WithoutProxyAsync(SocksDial dial, GrantCheck grant, CancellationToken cancellationToken)
    {
        HopOpening hop = dial.Hop;
        hop.Trace.Joint = hop.IsWire ? JointKind.Direct : JointKind.Shim;
        return hop.IsWire
            ? await dial.AskAsync(hop.Opening.Target, granted: null, cancellationToken).ConfigureAwait(false)
            : await ThroughShimAsync(dial, grant, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The shim joint: a one-use listener that the hop is asked to connect to.</summary>
    /// <remarks>The way on is opened first, from the last hop to the first: once the hop's stream arrives, there is no more to fail.</remarks>
    private static async Task<ByteConnection> ThroughShimAsync(SocksDial dial, GrantCheck grant, CancellationToken cancellationToken)
    {
        HopOpening hop = dial.Hop;
        ByteConnection onward = await hop.DialNextAsync(cancellationToken).ConfigureAwait(false);
        ShimJoint shim;
        try
        {
            shim = hop.Opening.Chain.Shims.Open();
        }
        catch (SocketException e)
        {
            await onward.DisposeAsync().ConfigureAwait(false);
            throw hop.Failed(ChainStage.Joint, e, $"no port could be opened for the way to the next hop");
        }

        hop.Trace.Dialled = false;
        hop.Connection.Own(shim);
        hop.Connection.Run(shim.ServeAsync(hop, onward));
        try
        {
            SocketConnection stream = await dial.AskAsync(shim.Target, shim.Granted, cancellationToken).ConfigureAwait(false);
            if (!shim.HadComeAtGrant)
            {
                grant.Found(GrantQuality.Early);
            }

            return await grant.ConfirmAsync(stream, shim.Entered, shim.Entered, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            hop.Trace.Dialled = shim.HasCome;
            shim.Dispose();
            throw;
        }
    }
}
