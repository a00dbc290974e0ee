namespace Plait.Diagnostics.Events;

/// <summary>How a hop's stream enters the next hop.</summary>
public enum JointKind
{
    /// <summary>Nothing to join: the hop runs inside Plait.</summary>
    InProcess,

    /// <summary>Client: the child dials through a private SOCKS5 proxy of Plait.</summary>
    Proxy,

    /// <summary>Client: a one-use listener for each connection and hop.</summary>
    Shim,

    /// <summary>Client: the child at the wire dials the network itself.</summary>
    Direct,

    /// <summary>Server: the child reports to Plait's Extended ORPort.</summary>
    ExtOrPort,

    /// <summary>Server: the child forwards to a plain listener of Plait.</summary>
    OrPort,
}
