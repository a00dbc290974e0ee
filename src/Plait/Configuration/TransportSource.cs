using System.Net;
using Plait.Transports;
using Plait.Wire.Addresses;

namespace Plait.Configuration;

/// <summary>Where a transport comes from.</summary>
public abstract record TransportSource
{
    private protected TransportSource()
    {
    }

    /// <summary>The program that Plait starts for it, or null.</summary>
    public virtual PluginLine? Line => null;

    /// <summary>
    /// Whether it runs in Plait's own process. Such a transport wraps streams; it has no joint, and at the wire Plait owns the network socket.
    /// </summary>
    public virtual bool IsPartOfPlait => false;

    /// <summary>Whether it can be made to connect through a proxy of Plait's or of tor's, as far as is known before it runs.</summary>
    public virtual bool TakesProxy => false;

    /// <summary>From a process that Plait starts (N5, N8).</summary>
    /// <param name="Line">The process.</param>
    public sealed record Managed(PluginLine Line) : TransportSource
    {
        /// <summary>The process. Transports with the same reference share it.</summary>
        public override PluginLine Line { get; } = Line;

        /// <inheritdoc/>
        public override bool TakesProxy => true;
    }

    /// <summary>A SOCKS port of a program that Plait does not start (N6). Clients only.</summary>
    /// <param name="Version">What it speaks.</param>
    /// <param name="Address">Where it listens; the port is not 0.</param>
    public sealed record Unmanaged(SocksVersion Version, IPEndPoint Address) : TransportSource
    {
        /// <summary>Without the address (G5).</summary>
        public override string ToString() => $"unmanaged {Version}";
    }

    /// <summary>Part of Plait itself: <c>dummy</c> and <c>b64</c>, known without any line. An application may declare transports of its own.</summary>
    /// <param name="Transport">The transport.</param>
    public sealed record InProcess(IInProcessTransport Transport) : TransportSource
    {
        /// <inheritdoc/>
        public override bool IsPartOfPlait => true;
    }
}
