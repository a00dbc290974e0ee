using Plait.Diagnostics.Failures;

namespace Plait.Cli.BridgeLines;

/// <summary>A bridge line cannot be printed or read.</summary>
/// <param name="code">How the program ends.</param>
/// <param name="message">Why and what to do, in one line.</param>
internal sealed class LineException(ExitCode code, string message) : Exception(message)
{
    internal ExitCode Code => code;
}
