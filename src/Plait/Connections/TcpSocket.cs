using System.Net;

namespace Plait.Connections;

/// <summary>A state of a TCP socket: linux/tcp_states.h.</summary>
internal enum TcpState : byte
{
    /// <summary>A connection.</summary>
    Established = 1,

    /// <summary>Its FIN is sent.</summary>
    FinWait1 = 4,

    /// <summary>Its FIN is sent and acknowledged.</summary>
    FinWait2 = 5,

    /// <summary>Both sides have finished.</summary>
    TimeWait = 6,

    /// <summary>A connection whose other side has finished writing.</summary>
    CloseWait = 8,

    /// <summary>Both sides have finished; its own FIN is not acknowledged.</summary>
    LastAck = 9,

    /// <summary>A listener.</summary>
    Listen = 10,

    /// <summary>Both sides have finished at the same time.</summary>
    Closing = 11,
}

/// <summary>One TCP socket of this machine.</summary>
/// <param name="State">Its state.</param>
/// <param name="Local">Its own address; IPv4-mapped ones as IPv4.</param>
/// <param name="Remote">The other end's, likewise.</param>
/// <param name="Waiting">For a listener: how many connections wait to be accepted.</param>
/// <param name="User">The user id of its program; without meaning if no program has it.</param>
/// <param name="Inode">0 where no program has it: it waits to be accepted, or its program has closed it.</param>
internal readonly record struct TcpSocket(TcpState State, IPEndPoint Local, IPEndPoint Remote, uint Waiting, uint User, uint Inode)
{
    /// <summary>Whether a program has it.</summary>
    internal bool Owned => Inode != 0;

    /// <summary>Whether its FIN is sent: its own side has been shut down, or closed.</summary>
    internal bool HasFinished => State is TcpState.FinWait1 or TcpState.FinWait2 or TcpState.TimeWait or TcpState.LastAck or TcpState.Closing;

    /// <summary>
    /// Whether a listener is the one that is asked for. A program that was given all addresses of one family may listen at those of both. For a
    /// connection: whether its own end is there.
    /// </summary>
    internal bool IsAt(IPEndPoint listener) => Local.Equals(listener) || (Local.Port == listener.Port && Local.Address.IsAny() && listener.Address.IsAny());

    /// <summary>Without addresses (G5).</summary>
    public override string ToString() => State.ToString();
}
