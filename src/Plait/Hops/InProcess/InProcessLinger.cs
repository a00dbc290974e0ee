using Plait.Configuration;

namespace Plait.Hops.InProcess;

/// <summary>How long a connection through a hop inside Plait may be half open.</summary>
internal static class InProcessLinger
{
    // The other side has closed both ways: what it sent before is on its way at most.
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(2);

    internal static TimeSpan Of(bool endsDirectionsApart, Limits limits) =>
        endsDirectionsApart || limits.LingerTimeout < s_atOnce ? limits.LingerTimeout : s_atOnce;
}
