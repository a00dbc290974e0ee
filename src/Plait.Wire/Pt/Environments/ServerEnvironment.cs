using System.Collections.ObjectModel;
using System.Net;
using Plait.Wire.Arguments;

namespace Plait.Wire.Pt.Environments;

/// <summary>The settings that a server PT gets from its parent: Plait from tor, a child from Plait (E24 to E41).</summary>
public sealed record ServerEnvironment
{
    /// <summary>The requested transports, each once, in the parent's order (E33).</summary>
    public required IReadOnlyList<string> Transports { get; init; }

    /// <summary>
    /// The only directory that the PT may write to; it may not exist yet (E10). Null leaves the variable out.
    /// </summary>
    public string? StateLocation { get; init; }

    /// <summary>Whether the end of standard input means "shut down gracefully" (E13).</summary>
    public bool ExitOnStdinClose { get; init; }

    /// <summary>
    /// The listening address of each transport; port 0 means any port (E28). Has only names of <see cref="Transports"/>.
    /// <see cref="PtEnvironment.Read"/> adds <c>0.0.0.0:0</c> for transports without an address (E30).
    /// </summary>
    public IReadOnlyDictionary<string, IPEndPoint> BindAddresses { get; init; } = ReadOnlyDictionary<string, IPEndPoint>.Empty;

    /// <summary>Options by transport name (E24); a name without options is absent.</summary>
    public IReadOnlyDictionary<string, PtArguments> Options { get; init; } = ReadOnlyDictionary<string, PtArguments>.Empty;

    /// <summary>The plain ORPort, which carries payload only. Used if there is no Extended ORPort (E34, E38).</summary>
    public IPEndPoint? OrPort { get; init; }

    /// <summary>The Extended ORPort, or null for none (E35).</summary>
    public IPEndPoint? ExtendedServerPort { get; init; }

    /// <summary>The path of the Extended ORPort's cookie file, which is read again for each connection (E36, E39).</summary>
    public string? AuthCookieFile { get; init; }

    /// <summary>Source address of outside IPv4 connections; null leaves it to the system (E16).</summary>
    public IPAddress? OutboundBindAddressV4 { get; init; }

    /// <summary>Source address of outside IPv6 connections; null leaves it to the system (E16).</summary>
    public IPAddress? OutboundBindAddressV6 { get; init; }

    /// <summary>The names of the transports: other values may hold addresses (G5).</summary>
    public override string ToString() => $"server of {string.Join(',', Transports)}";
}
