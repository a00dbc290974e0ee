namespace Plait.Relays;

/// <summary>splice(2), and whether this system does it between sockets and pipes.</summary>
internal static class Splicing
{
    // SPLICE_F_MOVE | SPLICE_F_NONBLOCK. Never SPLICE_F_MORE: it would hold back the last, small segment. A broken
    // connection raises SIGPIPE, which the runtime ignores.
    internal const uint Flags = 1 | 2;

    private static volatile bool s_refused;

    /// <summary>The system said once that it does not; from then on relays copy.</summary>
    internal static bool Refused
    {
        get => s_refused;
        set => s_refused = value;
    }
}
