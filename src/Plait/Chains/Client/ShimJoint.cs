using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Relays;

namespace Plait.Chains.Client;

/// <summary>
/// A listener for one connection of one hop: closed when taken, failed or timed out. Anyone on this machine could connect
/// to it first, so the peer has to belong to our user where the system can tell (C4).
/// </summary>
internal sealed class ShimJoint : IDisposable
{
    private readonly Socket _listener;
    private readonly ChainOpening _opening;
    private readonly int _index;
    private readonly ByteConnection _onward;
    private readonly CancellationTokenSource _withdrawn = new();
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 1;

    private ShimJoint(Socket listener, ChainOpening opening, int index, ByteConnection onward)
    {
        _listener = listener;
        _opening = opening;
        _index = index;
        _onward = onward;
        Target = (IPEndPoint)listener.LocalEndPoint!;
        Interlocked.Increment(ref s_open);
    }

    private static int s_open;

    /// <summary>Shims that listen at this moment, in the whole process: a counter for G7.</summary>
    internal static int OpenCount => Volatile.Read(ref s_open);

    /// <summary>What the hop is asked to connect to.</summary>
    internal IPEndPoint Target { get; }

    /// <summary>Completes when the hop's stream has arrived; fails or is canceled if it never will.</summary>
    internal Task Entered => _entered.Task;

    /// <summary>Listens on loopback, for a stream that goes on to <paramref name="onward"/>, which the shim owns from now on.</summary>
    /// <exception cref="SocketException">No listener could be made.</exception>
    internal static ShimJoint Open(ChainOpening opening, int index, ByteConnection onward)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen(4); // strangers in front of the hop's connection are turned away, it is not
            return new(listener, opening, index, onward);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the hop's stream, then relays until it ends. Never throws.</summary>
    internal async Task ServeAsync()
    {
        await Task.Yield();
        try
        {
            using Socket accepted = await AcceptOursAsync().ConfigureAwait(false);
            Close();
            _entered.TrySetResult();
            await Relay.RunAsync(new SocketConnection(accepted), _onward, _opening.Connection.RelayOutward(_index + 1), CancellationToken.None)
                .ConfigureAwait(false);
            _opening.Connection.End();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            _entered.TrySetException(_opening.Connection.Failed(_index, ChainStage.Joint, FailureCause.TimedOut,
                "the hop granted the connection and never made it", e));
            _ = _entered.Task.Exception; // observed here: nobody may be waiting any more
        }
        finally
        {
            Dispose();
            await _onward.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Withdraws the joint: closes the listener if nobody has come.</summary>
    public void Dispose()
    {
        if (Close())
        {
            _withdrawn.Cancel();
        }
    }

    private async Task<Socket> AcceptOursAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_withdrawn.Token);
        deadline.CancelAfter(_opening.Limits.OpenTimeout);
        while (true)
        {
            Socket accepted = await _listener.AcceptAsync(deadline.Token).ConfigureAwait(false);
            if (PeerOwner.IsOurUser(accepted))
            {
                return accepted;
            }

            accepted.Dispose();
        }
    }

    /// <summary>Closes the listener; true for whoever did it.</summary>
    private bool Close()
    {
        if (Interlocked.Exchange(ref _open, 0) == 0)
        {
            return false;
        }

        Interlocked.Decrement(ref s_open);
        _listener.Dispose();
        return true;
    }
}
