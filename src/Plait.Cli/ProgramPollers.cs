using Plait.Connections.Polling;

namespace Plait.Cli;

/// <summary>
/// The pollers of the program, from their first use to the end of the process: stdout is written before there is a host and after its end.
/// </summary>
internal static class ProgramPollers
{
    internal static PollerSet All { get; } = new();
}
