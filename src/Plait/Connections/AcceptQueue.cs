using System.Net;

namespace Plait.Connections;

/// <summary>
/// The connections at a listener of another program, accepted or not. The system makes the connections; until the program accepts one,
/// no program owns its socket.
/// </summary>
/// <param name="Waiting">The clients whose connections it has not accepted.</param>
/// <param name="Accepted">The clients whose connections it has, and which are open.</param>
internal sealed record AcceptQueue(IReadOnlySet<IPEndPoint> Waiting, IReadOnlySet<IPEndPoint> Accepted)
{
    private static readonly AcceptQueue s_empty = new(new HashSet<IPEndPoint>(), new HashSet<IPEndPoint>());

    /// <summary>
    /// Looks at the queue of a listener. While it is empty, which is nearly always, accepted connections are not listed.
    /// </summary>
    /// <returns>Null if the system gives no list, or does not know the listener.</returns>
    internal static AcceptQueue? Of(IPEndPoint listener)
    {
        if (SocketTable.At(listener.Port, TcpState.Listen)?.FindAll(socket => socket.IsAt(listener)) is not { Count: > 0 } found)
        {
            return null;
        }

        if (found.TrueForAll(socket => socket.Waiting == 0))
        {
            return s_empty;
        }

        var waiting = new HashSet<IPEndPoint>();
        var accepted = new HashSet<IPEndPoint>();
        foreach (TcpSocket socket in SocketTable.At(listener.Port, TcpState.Established, TcpState.CloseWait) ?? [])
        {
            if (listener.Address.IsAny() || socket.IsAt(listener))
            {
                (socket.Owned ? accepted : waiting).Add(socket.Remote);
            }
        }

        return new(waiting, accepted);
    }

    /// <summary>Without addresses (G5).</summary>
    public override string ToString() => $"{Waiting.Count} waiting, {Accepted.Count} accepted";
}
