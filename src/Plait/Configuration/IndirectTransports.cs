using Plait.Wire.Hints;

namespace Plait.Configuration;

/// <summary>The transports known to ignore the target they are given, without an <c>IndirectTransport</c> line (C6).</summary>
/// <remarks>
/// Built in because forgetting the line would let traffic around the chain: such a client connects to a broker, a
/// front, a resolver or a URL of its own and ignores the requested target. meek and meek_lite do so when given <c>url=</c>, which they
/// nearly always are.
/// </remarks>
public static class IndirectTransports
{
    /// <summary>The built-in set.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. KnownTransports.All.Where(transport => transport.IsIndirect).Select(transport => transport.Name)];
}
