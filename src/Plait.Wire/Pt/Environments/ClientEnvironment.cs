using System.Net;
using Plait.Wire.Addresses;

namespace Plait.Wire.Pt.Environments;

/// <summary>What a parent tells a client PT: tor tells us, and we tell our children (E19 to E23b).</summary>
public sealed record ClientEnvironment
{
    /// <summary>The transports asked for, each once. Names unknown to the PT are to be ignored (E20).</summary>
    public required IReadOnlyList<string> Transports { get; init; }

    /// <summary>
    /// The only directory to store files in; it may not exist yet (E10). Null: none was given, or none is to be
    /// given.
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

    /// <summary>The names of the transports alone: the rest may hold addresses (G5).</summary>
    public override string ToString() => $"client of {string.Join(',', Transports)}";
}
