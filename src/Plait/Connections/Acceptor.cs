using System.Net.Sockets;
using Plait.Connections.Polling;

namespace Plait.Connections;

/// <summary>Accepts from a listening socket. One caller at a time.</summary>
internal abstract class Acceptor(Socket? listener) : IDisposable
{
    /// <summary>An acceptor that owns <paramref name="listener"/>.</summary>
    /// <param name="listener">The listening socket.</param>
    /// <param name="pollers">They choose the back-end, of the listener and of its connections, and watch these if they watch any.</param>
    internal static Acceptor Of(Socket listener, PollerSet pollers) =>
        pollers.WatchSockets ? new PolledAcceptor(listener, pollers) : new ManagedAcceptor(listener);

    /// <summary>The listening socket; still owned here.</summary>
    internal Socket Listener => listener ?? throw new InvalidOperationException("It has no listening socket.");

    /// <summary>Listens, if the socket does not yet.</summary>
    /// <exception cref="SocketException">Another socket listens there; it may be tried again.</exception>
    internal virtual void Listen(int backlog) => ExclusiveBind.Listen(Listener, backlog);

    /// <summary>The next connection. <paramref name="cancellationToken"/>, or disposal, ends the wait.</summary>
    /// <exception cref="SocketException">None can be accepted at the moment; the connection stays in the queue.</exception>
    /// <exception cref="ObjectDisposedException">It no longer listens.</exception>
    internal abstract ValueTask<SocketConnection> AcceptAsync(CancellationToken cancellationToken);

    /// <summary>Whether a client has connected: the one that the last <see cref="AcceptAsync"/> took, or one that waits in the queue.</summary>
    internal abstract bool HasCome();

    public abstract void Dispose();
}

/// <summary>Hands out one connection that exists, and then none. It owns the connection until then.</summary>
internal sealed class GivenAcceptor(SocketConnection connection) : Acceptor(listener: null)
{
    private readonly TaskCompletionSource<SocketConnection> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SocketConnection? _connection = connection;

    internal override void Listen(int backlog)
    {
        // There is nothing to listen at.
    }

    internal override ValueTask<SocketConnection> AcceptAsync(CancellationToken cancellationToken) =>
        Interlocked.Exchange(ref _connection, null) is { } given ? new(given) : new(_closed.Task.WaitAsync(cancellationToken));

    internal override bool HasCome() => true;

    public override void Dispose()
    {
        Interlocked.Exchange(ref _connection, null)?.Close();
        _closed.TrySetException(new ObjectDisposedException(nameof(GivenAcceptor)));
        _ = _closed.Task.Exception; // observed: the loop may have ended
    }
}

/// <summary>An acceptor where there are no pollers.</summary>
internal sealed class ManagedAcceptor(Socket listener) : Acceptor(listener)
{
    /// <summary>By the runtime, which accepts only where it knows that the socket listens.</summary>
    internal override void Listen(int backlog) => Listener.Listen(backlog);

    internal override async ValueTask<SocketConnection> AcceptAsync(CancellationToken cancellationToken) =>
        new ManagedConnection(await Listener.AcceptAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>True: the runtime takes a connection from the queue some time before its operation completes.</summary>
    internal override bool HasCome() => true;

    public override void Dispose() => Listener.Dispose();
}
