using System.Net;
using Plait.Wire.Addresses;

namespace Plait.Wire.Pt.Environments;

/// <summary>The settings that a client PT gets from its parent: Plait from tor, a child from Plait (E19 to E23b).</summary>
public sealed record ClientEnvironment
{
    /// <summary>The requested transports, each once. A PT ignores names that it does not know (E20).</summary>
    public required IReadOnlyList<string> Transports { get; init; }

    /// <summary>
    /// The only directory that the PT may write to; it may not exist yet (E10). Null leaves the variable out.
    /// </summary>
    public string? StateLocation { get; init; }

    /// <summary>Whether the end of standard input means "shut down gracefully" (E13).</summary>
    public bool ExitOnStdinClose { get; init; }

    /// <summary>The proxy that every outside connection must use, or null for none (E22).</summary>
    public UpstreamProxy? Proxy { get; init; }

    /// <summary>Source address of outside IPv4 connections; null leaves it to the system (E16).</summary>
    public IPAddress? OutboundBindAddressV4 { get; init; }

    /// <summary>Source address of outside IPv6 connections; null leaves it to the system (E16).</summary>
    public IPAddress? OutboundBindAddressV6 { get; init; }

    /// <summary>The names of the transports: other values may hold addresses (G5).</summary>
    public override string ToString() => $"client of {string.Join(',', Transports)}";
}
