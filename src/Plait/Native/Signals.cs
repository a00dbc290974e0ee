namespace Plait.Native;

/// <summary>The signals that Plait sends or takes: signal(7).</summary>
internal static class Signals
{
    internal const int HangUp = 1, Interrupt = 2, Kill = 9, Terminate = 15;
}
