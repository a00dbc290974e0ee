using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Chains.Server;

/// <summary>
/// The dials to the listeners of one server child that the child has not brought to its joint yet. The child reports the address that it was
/// dialled from and its transport's name; the two together name one dial (C10, V18). All client addresses that Plait takes from
/// its own dials rest on this table.
/// </summary>
/// <remarks>
/// Both are compared before a dial is given out: another local user who dials a listener of the child can choose the
/// transport, and must not be able to take a dial away by that.
/// </remarks>
/// <param name="bind">Makes a socket that is bound to a fresh source address.</param>
/// <param name="pollers">Those that watch the sockets.</param>
internal sealed class InwardDials(Func<Socket> bind, PollerSet pollers)
{
    private readonly ConcurrentDictionary<(IPEndPoint Source, string Transport), Dial> _dials = new();

    /// <summary>How many the child has not brought yet.</summary>
    internal int Count => _dials.Count;

    /// <summary>Dials a child's listener. When the way that is returned is disposed, the dial is forgotten.</summary>
    /// <param name="connection">Whose dial it is.</param>
    /// <param name="hop">The hop that the child serves.</param>
    /// <param name="listener">The child's listener.</param>
    /// <param name="cancellationToken">The deadline.</param>
    /// <exception cref="SocketException">The child does not accept.</exception>
    internal async Task<InwardWay> ConnectAsync(
        ServerConnection connection, int hop, IPEndPoint listener, CancellationToken cancellationToken)
    {
        Dial dial = Enter(connection, hop);
        try
        {
            await dial.ConnectAsync(listener, cancellationToken).ConfigureAwait(false);
            return dial;
        }
        catch
        {
            await dial.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Gives out, once, the dial to <paramref name="transport"/> from <paramref name="source"/>.</summary>
    /// <returns>The connection that dialled and the hop that was dialled; null if there is no such dial, or no longer.</returns>
    internal (ServerConnection Connection, int Hop)? Claim(IPEndPoint source, string transport) =>
        _dials.TryRemove((source, transport), out Dial? dial) ? (dial.Connection, dial.Hop) : null;

    /// <summary>Records on the connections of all these dials why the child does not bring them.</summary>
    internal void FailAll(FailureCause cause, SafeText detail)
    {
        foreach (Dial dial in _dials.Values)
        {
            dial.Connection.Connection.Failed(dial.Hop, ChainStage.Dial, cause, detail);
        }
    }

    /// <summary>Enters a dial before it connects, for some children answer at once (C11).</summary>
    private Dial Enter(ServerConnection connection, int hop)
    {
        while (true)
        {
            Socket socket = bind();
            Descriptors.DisposeAndThrowIfReserved(socket);
            var dial = new Dial(this, connection, hop, (IPEndPoint)socket.LocalEndPoint!, SocketConnection.Of(socket, pollers));
            if (_dials.TryAdd(dial.Key, dial))
            {
                return dial;
            }

            dial.Close(); // an older dial from that address has not been disposed yet
        }
    }

    /// <summary>One dial. While it is open the child can report its local end as USERADDR (C10).</summary>
    private sealed class Dial(InwardDials owner, ServerConnection connection, int hop, IPEndPoint source, SocketConnection stream)
        : InwardWay(stream)
    {
        /// <summary>The local end, which the child sees as its client; and the transport of the hop.</summary>
        internal (IPEndPoint Source, string Transport) Key { get; } = (source, connection.Connection.Hops[hop].Transport);

        internal ServerConnection Connection => connection;

        internal int Hop => hop;

        internal void Close() => stream.Close();

        internal Task ConnectAsync(IPEndPoint listener, CancellationToken cancellationToken) => stream.ConnectAsync(listener, cancellationToken);

        /// <summary>Forgets it, then closes it: its port is free for another only when a late report of it finds nothing.</summary>
        public override ValueTask DisposeAsync()
        {
            owner._dials.TryRemove(KeyValuePair.Create(Key, this)); // a later dial from the same address stays
            return base.DisposeAsync();
        }
    }
}
