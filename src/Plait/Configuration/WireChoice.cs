namespace Plait.Configuration;

/// <summary>Which side of the wire hop's program owns the socket that the network meets (<c>ClientTransportWire</c>, <c>ServerTransportWire</c>).</summary>
public enum WireChoice
{
    /// <summary>
    /// Client: Plait dials the network if the program takes the proxy joint, except for an indirect transport. Server: the
    /// program listens. In the file: <c>auto</c>.
    /// </summary>
    Automatic,

    /// <summary>The program dials, or listens on, the network itself. In the file: <c>self</c>.</summary>
    Self,

    /// <summary>Plait dials, or listens on, the network for the program. In the file: <c>plait</c>.</summary>
    Plait,
}
