using System.Collections.ObjectModel;
using System.Net;
using Plait.Wire.Arguments;

namespace Plait.Wire.Pt.Environments;

/// <summary>What a parent tells a server PT: tor tells us, and we tell our children (E24 to E41).</summary>
public sealed record ServerEnvironment
{
    /// <summary>The transports asked for, each once, in the parent's order (E33).</summary>
    public required IReadOnlyList<string> Transports { get; init; }

    /// <summary>
    /// The only directory to store files in; it may not exist yet (E10). Null: none was given, or none is to be
    /// given.
    /// </summary>
    public string? StateLocation { get; init; }

    /// <summary>Whether the end of standard input means "shut down gracefully" (E13).</summary>
    public bool ExitOnStdinClose { get; init; }

    /// <summary>
    /// Where each transport shall listen, port 0 meaning any (E28). Holds no name that is not in <see cref="Transports"/>.
    /// <see cref="PtEnvironment.Read"/> fills in <c>0.0.0.0:0</c> where the parent said nothing (E30).
    /// </summary>
    public IReadOnlyDictionary<string, IPEndPoint> BindAddresses { get; init; } = ReadOnlyDictionary<string, IPEndPoint>.Empty;

    /// <summary>Options by transport name (E24); a name without options is absent.</summary>
    public IReadOnlyDictionary<string, PtArguments> Options { get; init; } = ReadOnlyDictionary<string, PtArguments>.Empty;

    /// <summary>The plain ORPort: payload only. A fallback where no extended port is offered (E34, E38).</summary>
    public IPEndPoint? OrPort { get; init; }

    /// <summary>The Extended ORPort, or null for none (E35).</summary>
    public IPEndPoint? ExtendedServerPort { get; init; }

    /// <summary>The cookie file of the Extended ORPort, to be read anew for each connection (E36, E39).</summary>
    public string? AuthCookieFile { get; init; }

    /// <summary>Source address of outside IPv4 connections; null leaves it to the system (E16).</summary>
    public IPAddress? OutboundBindAddressV4 { get; init; }

    /// <summary>Source address of outside IPv6 connections; null leaves it to the system (E16).</summary>
    public IPAddress? OutboundBindAddressV6 { get; init; }

    /// <summary>The names of the transports alone: the rest may hold addresses (G5).</summary>
    public override string ToString() => $"server of {string.Join(',', Transports)}";
}
