using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Relays;

namespace Plait.Chains.Client;

/// <summary>
/// A listener for one connection of one hop: closed when the connection is accepted, fails or times out. Any user of the machine could
/// connect first, so the peer has to belong to Plait's user where the system can tell (C4).
/// </summary>
internal sealed class ShimJoint : IDisposable
{
    private readonly Acceptor _acceptor;
    private readonly ShimJoints _joints;
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 1;

    /// <summary>Called by <see cref="ShimJoints.Open"/>.</summary>
    internal ShimJoint(Socket listener, ShimJoints joints)
    {
        _acceptor = Acceptor.Of(listener, joints.Pollers);
        _joints = joints;
        Target = (IPEndPoint)listener.LocalEndPoint!;
    }

    /// <summary>What the hop is asked to connect to.</summary>
    internal IPEndPoint Target { get; }

    /// <summary>Completes when the hop's stream has arrived; fails or is canceled if it never will.</summary>
    internal Task Entered => _entered.Task;

    /// <summary>
    /// Whether the hop's stream had come when the hop granted, accepted or still in the listener's queue; true until the hop has granted.
    /// </summary>
    /// <remarks>
    /// A hop that grants truthfully has seen its connect(2) succeed before, which takes a place in the queue. So this need not wait, and
    /// does not wrong a truthful hop however late Plait accepts. If strangers come first, and on systems where the runtime
    /// accepts, the hop gets the benefit of the doubt.
    /// </remarks>
    internal bool HadComeAtGrant { get; private set; } = true;

    /// <summary>To be called when the hop's grant is read, before anything else is done.</summary>
    internal void Granted() => HadComeAtGrant = _acceptor.HasCome();

    /// <summary>Whether a peer has connected so far.</summary>
    internal bool HasCome => Entered.IsCompletedSuccessfully || _acceptor.HasCome();

    /// <summary>
    /// Waits for the stream of the hop, then has the connection relay it to <paramref name="onward"/>,
    /// which is the connection's from now on. Never throws.
    /// </summary>
    internal async Task ServeAsync(HopOpening hop, ByteConnection onward)
    {
        ChainConnection connection = hop.Connection;
        await Task.Yield();
        try
        {
            SocketConnection accepted = await AcceptOursAsync(hop).ConfigureAwait(false);
            _entered.TrySetResult(); // first: what comes back through the relay must not come from nowhere (ProvisionalConnection)
            connection.Run(RelayAsync(connection, hop.Index + 1, accepted, onward)); // apart: nothing of the opening is held meanwhile
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            await onward.DisposeAsync().ConfigureAwait(false);
            FailureCause cause = e is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets }
                ? FailureCause.LimitReached
                : FailureCause.TimedOut;
            _entered.TrySetException(hop.Failed(ChainStage.Joint, cause,
                FailureWords.DetailOf(cause, $"the transport accepted the connection and never passed it on"), e));
            _ = _entered.Task.Exception; // observed here: the opening may not be waiting any more
            connection.End(); // if the hop has granted all the same, the connection cannot stand any more
        }
        finally
        {
            Dispose();
            connection.Disown(this);
        }
    }

    /// <summary>Withdraws the joint: closes the listener if no peer has come.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _open, 0) != 0)
        {
            _joints.Closed();
            _acceptor.Dispose();
        }
    }

    private static async Task RelayAsync(ChainConnection connection, int next, SocketConnection accepted, ByteConnection onward)
    {
        await using (accepted.ConfigureAwait(false))
        await using (onward.ConfigureAwait(false))
        {
            await OutwardRelay.RunAsync(connection, next, accepted, onward, connection.Stopping).ConfigureAwait(false);
            connection.End();
        }
    }

    private async Task<SocketConnection> AcceptOursAsync(HopOpening hop)
    {
        using var limit = new CancellationTokenSource(hop.Limits.OpenTimeout, hop.Time);
        while (true)
        {
            SocketConnection accepted = await _acceptor.AcceptAsync(limit.Token).ConfigureAwait(false); // ends when the listener is closed
            if (PeerOwner.IsOurUser(accepted))
            {
                Descriptors.DisposeAndThrowIfReserved(accepted);
                return accepted;
            }

            accepted.Close();
        }
    }
}
