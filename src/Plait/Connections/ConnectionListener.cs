using System.Net;
using System.Net.Sockets;
using Plait.Connections.Polling;
using Plait.Diagnostics.Failures;

namespace Plait.Connections;

/// <summary>
/// A TCP listener and its accept loop. The loop survives an accept that fails and a lack of descriptors. The listener owns the tasks of its
/// connections, and ends them when it is disposed.
/// </summary>
/// <remarks>
/// Closing in two steps serves SIGINT (L7): <see cref="StopAccepting"/> closes the listening socket and leaves the
/// connections alone; <see cref="DisposeAsync"/> ends those too.
/// </remarks>
[ProgramSeam]
internal sealed class ConnectionListener : IAsyncDisposable
{
    private readonly Acceptor _acceptor;
    private readonly Func<SocketConnection, CancellationToken, Task> _handle;
    private readonly ConnectionBudget _budget;
    private readonly Func<SocketConnection, bool>? _admits;
    private readonly ListenPlace? _place;
    private readonly CancellationTokenSource _stopping = new();
    private readonly LiveTasks _connections = new();
    private Task _loop = Task.CompletedTask;
    private int _open;

    private ConnectionListener(
        Acceptor acceptor,
        IPEndPoint address,
        ConnectionBudget budget,
        Func<SocketConnection, CancellationToken, Task> handle,
        Func<SocketConnection, bool>? admits,
        ListenPlace? place = null)
    {
        (_acceptor, _budget, _handle, _admits, _place, EndPoint) = (acceptor, budget, handle, admits, place, address);
    }

    /// <summary>The address that was asked for, with the port that is bound; 0.0.0.0 and port 0 for a listener that has no TCP address.</summary>
    internal IPEndPoint EndPoint { get; }

    /// <summary>Connections whose handler has not returned.</summary>
    internal int Connections => _connections.Count;

    /// <summary>Binds, listens and begins to accept: <see cref="Bind"/> and <see cref="Open"/>.</summary>
    /// <inheritdoc cref="Bind"/>
    internal static ConnectionListener Start(
        IPEndPoint address,
        PollerSet pollers,
        ConnectionBudget budget,
        Func<SocketConnection, CancellationToken, Task> handle,
        Func<SocketConnection, bool>? admits = null)
    {
        ConnectionListener listener = Bind(address, pollers, budget, handle, admits);
        try
        {
            listener.Open();
            return listener;
        }
        catch
        {
            listener.StopAccepting();
            throw;
        }
    }

    /// <summary>Takes an address. Until <see cref="Open"/> the system refuses connections.</summary>
    /// <param name="address">Where to listen; port 0 for one of the system's choice.</param>
    /// <param name="pollers">Those that watch the listener and its connections.</param>
    /// <param name="budget">How many connections may be open; beyond it a new one is reset at once (G6).</param>
    /// <param name="handle">
    /// Serves one connection, which is closed when it returns. Its code before the first wait runs in the order in which the peers connected.
    /// An exception ends that connection only.
    /// </param>
    /// <param name="admits">Which connections are served; all if null. The others are closed, and take nothing of the budget.</param>
    /// <param name="facesNetwork">It is public: keep-alive, and both families at a wildcard address, as Go's net package has it (G12).</param>
    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    internal static ConnectionListener Bind(
        IPEndPoint address,
        PollerSet pollers,
        ConnectionBudget budget,
        Func<SocketConnection, CancellationToken, Task> handle,
        Func<SocketConnection, bool>? admits = null,
        bool facesNetwork = false)
    {
        Socket socket = facesNetwork ? ExclusiveBind.BindToNetwork(address) : ExclusiveBind.Bind(address);
        try
        {
            LoopbackSockets.SendUnpaced(socket, address.Address);
            if (facesNetwork)
            {
                KeepAlive.Set(socket);
            }

            return new(Acceptor.Of(socket, pollers), BoundAt(socket, address), budget, handle, admits);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes a place of a tunnel, as <see cref="Bind"/> takes an address that faces the network.</summary>
    /// <param name="place">The place.</param>
    /// <param name="pollers">As there.</param>
    /// <param name="budget">As there.</param>
    /// <param name="handle">As there.</param>
    /// <exception cref="SocketException">The place cannot be listened at.</exception>
    internal static ConnectionListener At(
        ListenPlace place, PollerSet pollers, ConnectionBudget budget, Func<SocketConnection, CancellationToken, Task> handle)
    {
        Socket socket;
        switch (place)
        {
            case ListenPlace.Tcp tcp:
                return Bind(tcp.Address, pollers, budget, handle, facesNetwork: true);
            case ListenPlace.Given given:
                return new(new GivenAcceptor(given.Connection), s_noAddress, budget, handle, admits: null);
            case ListenPlace.Unix unix:
                socket = UnixSockets.Bind(unix.Path);
                break;
            default:
                socket = ((ListenPlace.Inherited)place).Socket;
                if (socket.LocalEndPoint is IPEndPoint)
                {
                    KeepAlive.Set(socket);
                }

                break;
        }

        return new(Acceptor.Of(socket, pollers), BoundAt(socket, s_noAddress), budget, handle, admits: null, place);
    }

    private static IPEndPoint BoundAt(Socket socket, IPEndPoint asked) => socket.LocalEndPoint is not IPEndPoint bound ? asked
        : asked == s_noAddress ? bound
        : new(asked.Address, bound.Port);

    /// <summary>Listens and begins to accept. Calling again changes nothing.</summary>
    /// <exception cref="SocketException">Another socket listens there; it may be tried again.</exception>
    /// <exception cref="ObjectDisposedException">It has stopped accepting.</exception>
    internal void Open()
    {
        if (Interlocked.Exchange(ref _open, 1) != 0)
        {
            return;
        }

        try
        {
            _acceptor.Listen(Backlog);
            _loop = AcceptLoopAsync(_loop);
        }
        catch
        {
            _open = 0;
            throw;
        }
    }

    /// <summary>
    /// Stops listening and keeps the address: the system refuses connections until <see cref="Open"/>. Existing ones go on. For an
    /// address with a port; calling again changes nothing.
    /// </summary>
    internal void Pause()
    {
        // The service manager listens at its socket as well, and starts Plait by what comes there.
        if (OperatingSystem.IsLinux() && _place is not ListenPlace.Inherited && Interlocked.Exchange(ref _open, 0) != 0)
        {
            ExclusiveBind.StopListening(_acceptor.Listener);
        }
    }

    /// <summary>Closes the listening socket; new connections are refused by the system. Existing ones go on.</summary>
    internal void StopAccepting() => _acceptor.Dispose();

    /// <summary>Completes when no connection is open.</summary>
    internal Task WhenIdleAsync() => _connections.WhenEmptyAsync();

    public async ValueTask DisposeAsync()
    {
        StopAccepting();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        await Poller.LeaveAsync(); // the loop may have ended on one; the caller goes on to files and processes
        await _connections.WhenEmptyAsync().ConfigureAwait(false);
    }

    // The kernel caps it at somaxconn: our own queue must not refuse a burst of clients.
    private const int Backlog = 4096;

    private static readonly IPEndPoint s_noAddress = new(IPAddress.Any, 0);

    private async Task AcceptLoopAsync(Task before)
    {
        await before.ConfigureAwait(false); // the loop from before a pause: one runs at a time
        while (true)
        {
            try
            {
                SocketConnection accepted = await _acceptor.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                DispatchSafely(accepted);
            }
            catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted
                or SocketError.InvalidArgument or SocketError.NotSocket)
            {
                return; // the socket was closed under the call
            }
            catch (SocketException e)
            {
                // The peer has left, or no descriptor is free: then the queue keeps the connection until the next round.
                if (FailureWords.CauseOf(e) == FailureCause.LimitReached)
                {
                    _budget.Descriptors?.Meet();
                }

                await _budget.AfterExhaustionAsync(_stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The boundary: a bug in one connection must not end the listener.</summary>
    private void DispatchSafely(SocketConnection accepted)
    {
        try
        {
            Dispatch(accepted);
        }
        catch (Exception e)
        {
            accepted.Close();
            _budget.Unexpected(e);
        }
    }

    private void Dispatch(SocketConnection accepted)
    {
        if (_admits is not null && !_admits(accepted))
        {
            accepted.Close();
            return;
        }

        // Connections of children at a joint may use more of the reserve: Plait asked for them, and refuses them with a reason.
        if (Descriptors.IsLast(accepted, _budget.OfJoints))
        {
            accepted.Abort();
            _budget.Descriptors?.Refuse();
        }
        else if (_budget.TryTake())
        {
            _connections.Enter();
            _ = ServeAsync(accepted);
        }
        else
        {
            accepted.Abort();
        }
    }

    private async Task ServeAsync(SocketConnection connection)
    {
        try
        {
            await _handle(connection, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // This connection's end; its handler has reported it.
        }
        catch (Exception e) // the boundary: a bug in one connection must not be silent, and must not end the others
        {
            _budget.Unexpected(e);
        }
        finally
        {
            connection.Close();
            _budget.Release();
            _connections.Leave();
        }
    }
}
