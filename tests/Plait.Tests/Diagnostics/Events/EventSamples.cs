using Plait.Chains;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Wire.Pt;

namespace Plait.Tests.Diagnostics.Events;

/// <summary>One event of each kind, and more where a kind has several forms: the examples of docs/events.md.</summary>
internal static class EventSamples
{
    private static readonly ChildLabel s_child = new("obfs4proxy", [new("obfs3_obfs4", 0, "obfs3"), new("obfs3_obfs4", 1, "obfs4")]);

    internal static DateTimeOffset At { get; } = new(2026, 3, 1, 13, 0, 0, 123, TimeSpan.FromHours(1)); // written in UTC

    internal static IReadOnlyList<(PtRole? Role, PlaitEvent Event)> All { get; } =
    [
        (PtRole.Client, new PlaitEvent.ChainListening("obfs3_obfs4", null)),
        (PtRole.Client, new PlaitEvent.ChainListening("obfs3_obfs4", new(
            "obfs3_obfs4", 0, "obfs3", ChainStage.Launch, FailureCause.ProgramMissing, $"there is no file '/usr/bin/obfs4prox'"))),
        (PtRole.Client, new PlaitEvent.ChainFailed(new(
            "obfs3_obfs5", null, null, ChainStage.Launch, FailureCause.ArgumentWrong, $"\"obfs3_obfs5\" is neither a transport nor a chain of transports that a client has; known are \"dummy\", \"b64\", \"obfs3\""))),
        (PtRole.Client, new PlaitEvent.ConnectionOpened("obfs3_obfs4", 7, GrantQuality.Proven, Milliseconds(40.125), Hops())),
        (PtRole.Client, new PlaitEvent.ConnectionFailed(8, Milliseconds(12.5), new(
            "obfs3_obfs4", 1, "obfs4", ChainStage.OutsideConnection, FailureCause.Refused, $"connecting failed (refused)"))),
        (PtRole.Client, new PlaitEvent.ConnectionFailed(9, Milliseconds(0.5), new(
            "obfs3_obfs4", null, null, ChainStage.Dial, FailureCause.ArgumentWrong, $"the argument 'x-chain-2-cert' names hop 2, but the chain's hops are 0 to 1"))),
        (PtRole.Client, new PlaitEvent.ConnectionEnded("obfs3_obfs4", 7, true, 51234, 1048576, Milliseconds(65432.1), null)),
        (PtRole.Client, new PlaitEvent.ConnectionEnded("obfs3_obfs4", 10, true, 586, 1024, Milliseconds(3210), new(
            "obfs3_obfs4", 1, "obfs4", ChainStage.Relay, FailureCause.Exited, $"obfs4proxy ended with signal 9"))),
        (PtRole.Server, new PlaitEvent.ConnectionEnded("obfs3_obfs4", 11, false, 0, 517, Milliseconds(30000), null)),
        (PtRole.Client, new PlaitEvent.ConnectionStalled(12, new(
            "obfs3_obfs4", null, null, ChainStage.Relay, FailureCause.Stalled, $"what tor sent has not been answered within 60 s"))),
        (PtRole.Client, new PlaitEvent.GrantQualityFound("snowflake-client", "snowflake", GrantQuality.Early)),
        (PtRole.Client, new PlaitEvent.ChildStarted(s_child, 12567)),
        (PtRole.Client, new PlaitEvent.ChildExited(s_child, $"exit code 1", $"panic: it's over", Milliseconds(250))),
        (PtRole.Client, new PlaitEvent.ChildStartFailed(s_child, ChainStage.Negotiation, FailureCause.TimedOut, $"obfs4proxy did not say that it is ready within 20 s")),
        (PtRole.Client, new PlaitEvent.ChildRestarted(s_child, 12612, 1)),
        (PtRole.Client, new PlaitEvent.ChildKilled(s_child, new(
            "obfs3_obfs4", 0, "obfs3", ChainStage.Shutdown, FailureCause.TimedOut, $"obfs4proxy did not end within 3 s"))),
        (null, new PlaitEvent.EventsLeftOut(42)),
    ];

    private static HopTrace[] Hops() =>
    [
        new("obfs3") { Joint = JointKind.Proxy, SetUp = Milliseconds(40) },
        new("obfs4") { Joint = JointKind.Proxy, SetUp = Milliseconds(24.4) },
    ];

    private static TimeSpan Milliseconds(double count) => TimeSpan.FromMilliseconds(count);
}
