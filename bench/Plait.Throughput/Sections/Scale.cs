namespace Plait.Throughput.Sections;

/// <summary>How long everything is measured.</summary>
/// <param name="Rounds">Rounds that count; one before them does not.</param>
/// <param name="WarmUp">From the first byte of a round to the beginning of what counts.</param>
/// <param name="Window">What counts of a round.</param>
/// <param name="Openings">Of each chain.</param>
/// <param name="Idle">Connections that stand open.</param>
/// <param name="Starts">Of each program.</param>
internal sealed record Scale(int Rounds, TimeSpan WarmUp, TimeSpan Window, int Openings, int Idle, int Starts)
{
    /// <summary>Within three minutes, the build included.</summary>
    internal static Scale Quick { get; } = new(5, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.25), 80, 400, 5);

    /// <summary>Some eight; within twenty on a slower machine.</summary>
    internal static Scale Whole { get; } = new(5, TimeSpan.FromSeconds(0.4), TimeSpan.FromSeconds(1), 1000, 4000, 15);
}
