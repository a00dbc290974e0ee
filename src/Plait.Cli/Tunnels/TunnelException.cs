using Plait.Diagnostics.Failures;

namespace Plait.Cli.Tunnels;

/// <summary>A tunnel cannot be started, or not go on.</summary>
/// <param name="code">How the program ends.</param>
/// <param name="message">Why and what to do, in one line.</param>
internal sealed class TunnelException(ExitCode code, string message) : Exception(message)
{
    internal ExitCode Code => code;
}
