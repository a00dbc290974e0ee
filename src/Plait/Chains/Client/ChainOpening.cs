using System.Net;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Arguments;

namespace Plait.Chains.Client;

/// <summary>
/// One connection being opened through a client chain: one recursion over the hops. Hop i offers a stream towards
/// the target; the network is behind the last hop.
/// </summary>
internal sealed class ChainOpening(
    ClientChain chain,
    ChainConnection connection,
    EndPoint target,
    IReadOnlyList<PtArguments> arguments)
{
    private static readonly SafeText s_bridge = $"the bridge's address to answer";
    private static readonly SafeText s_proxy = $"the upstream proxy";

    /// <summary>The connection, which owns everything that the opening makes.</summary>
    internal ChainConnection Connection => connection;

    /// <summary>The target that tor asked for.</summary>
    internal EndPoint Target => target;

    /// <summary>The arguments for each hop.</summary>
    internal IReadOnlyList<PtArguments> Arguments => arguments;

    /// <summary>The same opening for a branch of its connection, to which the hops behind an indirect one belong.</summary>
    internal ChainOpening For(ChainConnection branch) => new(chain, branch, target, arguments);

    /// <summary>The chain that is opened.</summary>
    internal ClientChain Chain => chain;

    /// <summary>Opens the stream that hop <paramref name="index"/> offers; behind the last hop, the connection to the network.</summary>
    /// <exception cref="ChainException">The first failure of this opening.</exception>
    internal async Task<ByteConnection> DialAsync(int index, CancellationToken cancellationToken)
    {
        if (index == chain.Hops.Count)
        {
            return await OutsideAsync(cancellationToken).ConfigureAwait(false);
        }

        long started = chain.Time.GetTimestamp();
        ByteConnection stream = await chain.Hops[index].DialAsync(new(this, index), cancellationToken).ConfigureAwait(false);
        connection.Hops[index].Granted(chain.Time.GetElapsedTime(started));
        connection.Granted(index);
        return stream;
    }

    /// <summary>Connects to the network, for a wire hop whose outside connection Plait makes (C22).</summary>
    private async Task<ByteConnection> OutsideAsync(CancellationToken cancellationToken)
    {
        int wire = chain.Hops.Count - 1;
        connection.Waits(wire, ChainStage.OutsideConnection, chain.Outside.Proxy is null ? s_bridge : s_proxy);
        try
        {
            ByteConnection outside = await chain.Outside.ConnectAsync(target, cancellationToken).ConfigureAwait(false);
            connection.Granted(wire + 1);
            return outside;
        }
        catch (OutsideException e)
        {
            throw connection.Failed(wire, ChainStage.OutsideConnection, e.Cause, e.Text, e);
        }
    }
}
