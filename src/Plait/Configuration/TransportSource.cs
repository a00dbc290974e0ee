using System.Net;
using Plait.Wire.Addresses;

namespace Plait.Configuration;

/// <summary>Where a transport comes from.</summary>
public abstract record TransportSource
{
    private TransportSource()
    {
    }

    /// <summary>From a process that Plait starts (N5, N8).</summary>
    /// <param name="Line">The process. Transports with the same reference share it.</param>
    public sealed record Managed(PluginLine Line) : TransportSource;

    /// <summary>A SOCKS port of a program that runs already (N6). Clients only.</summary>
    /// <param name="Version">What it speaks.</param>
    /// <param name="Address">Where it listens; the port is not 0.</param>
    public sealed record Unmanaged(SocksVersion Version, IPEndPoint Address) : TransportSource
    {
        /// <summary>Without the address (G5).</summary>
        public override string ToString() => $"unmanaged {Version}";
    }

    /// <summary>Part of Plait itself: <c>dummy</c> and <c>b64</c>, known without any line.</summary>
    public sealed record InProcess : TransportSource;
}
