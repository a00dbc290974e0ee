using Plait.Diagnostics.Failures;
using Plait.Wire.Pt;

namespace Plait.Diagnostics.Events;

/// <summary>
/// The names of the event log and of metric tags, besides the stages and causes of <see cref="FailureWords"/>, in snake case. Programs
/// of others read them, so a name is never changed.
/// </summary>
internal static class EventNames
{
    internal static string Of(PtRole role) => role == PtRole.Client ? "client" : "server";

    internal static string Of(GrantQuality grant) => grant switch
    {
        GrantQuality.Proven => "proven",
        GrantQuality.Early => "early",
        GrantQuality.Lazy => "lazy",
        _ => throw Unnamed(grant),
    };

    internal static string Of(JointKind joint) => joint switch
    {
        JointKind.InProcess => "in_process",
        JointKind.Proxy => "proxy",
        JointKind.Shim => "shim",
        JointKind.Direct => "direct",
        JointKind.ExtOrPort => "ext_or_port",
        JointKind.OrPort => "or_port",
        _ => throw Unnamed(joint),
    };

    internal static string Of(PlaitEvent happened) => happened switch
    {
        PlaitEvent.ChainListening => "chain_listening",
        PlaitEvent.ChainFailed => "chain_failed",
        PlaitEvent.ConnectionOpened => "connection_opened",
        PlaitEvent.ConnectionFailed => "connection_failed",
        PlaitEvent.ConnectionEnded => "connection_ended",
        PlaitEvent.ConnectionStalled => "connection_stalled",
        PlaitEvent.GrantQualityFound => "grant_habit_found",
        PlaitEvent.ChildStarted => "child_started",
        PlaitEvent.ChildExited => "child_exited",
        PlaitEvent.ChildStartFailed => "child_start_failed",
        PlaitEvent.ChildRestarted => "child_restarted",
        PlaitEvent.ChildKilled => "child_killed",
        PlaitEvent.EventsLeftOut => "events_left_out",
        _ => throw Unnamed(happened.GetType()),
    };

    private static InvalidOperationException Unnamed(object value) => new($"{value} has no name yet.");
}
