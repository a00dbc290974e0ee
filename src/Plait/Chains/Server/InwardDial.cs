using System.Net;
using Plait.Connections;

namespace Plait.Chains.Server;

/// <summary>
/// A connection that Plait made to a child's listener, and that the child is to bring to its joint. While it is open
/// the joint knows it by its local end point, which the child reports as USERADDR (C10).
/// </summary>
internal sealed class InwardDial(ServerConnection connection, int hop, IPEndPoint source, SocketConnection stream, OutstandingDials dials)
    : InwardWay(stream)
{
    /// <summary>Whose it is.</summary>
    internal ServerConnection Connection => connection;

    /// <summary>The hop whose child was dialled.</summary>
    internal int Hop => hop;

    /// <summary>That hop's transport.</summary>
    internal string Transport => connection.Connection.Hops[hop].Transport;

    /// <summary>Its local end: what the child sees as its client.</summary>
    internal IPEndPoint Source => source;

    /// <summary>The bytes towards the child.</summary>
    internal new SocketConnection Stream => stream;

    /// <summary>Forgets it, then closes it: its port is free for another only when a late report of it finds nothing.</summary>
    public override ValueTask DisposeAsync()
    {
        dials.Remove(this);
        return base.DisposeAsync();
    }
}
