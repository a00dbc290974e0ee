using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Messages;

namespace Plait.Cli.Managed;

/// <summary>
/// Events as pt-spec STATUS lines (M49): the outcome of each connection, and the life of each child for each chain that it
/// serves. TRANSPORT comes first in each, as old and new tor and arti want it (M50). Rate-limited on their own (M53).
/// </summary>
/// <remarks>
/// <code>
/// STATUS TRANSPORT=obfs3_obfs4 CONNECT="Success"          Provisional: granted, and a hop has yet to prove it (G2)
/// STATUS TRANSPORT=obfs3_obfs4 CONNECT="Failed" STAGE="grant" CAUSE="refused" HOP="1" HOP_TRANSPORT="obfs4" MESSAGE="…"
/// STATUS TRANSPORT=obfs3_obfs4 CONNECT="Lost" STAGE="relay" CAUSE="exited" …          it had been granted
/// STATUS TRANSPORT=obfs3_obfs4 CONNECT="Stalled" STAGE="relay" CAUSE="stalled" …     and it goes on
/// STATUS TRANSPORT=obfs3_obfs4 CHILD="Exited" PROGRAM="obfs4proxy" HOPS="0,1" END="signal 9"
/// STATUS TRANSPORT=obfs3_obfs4 CHILD="Killed" STAGE="shutdown" CAUSE="timed_out" HOP="1" …   it did not end with Plait
/// </code>
/// CONNECT and its two words are those of pt-spec 3.3.5, whose examples have an ADDRESS as well: Plait tells none (G5).
/// </remarks>
internal sealed class PtStatus(PtOutput output, TimeProvider time) : IPlaitObserver
{
    private readonly RateLimit _rate = new(time);

    public void OnEvent(PlaitEvent happened)
    {
        foreach (StatusMessage line in LinesOf(happened))
        {
            // A burst of connections that open must not leave out the failure after them.
            if (_rate.TryTake(out int dropped, urgent: happened is not PlaitEvent.ConnectionOpened))
            {
                output.Report(dropped == 0 ? line : line with { Values = [.. line.Values, new("LEFT_OUT", $"{dropped}")] });
            }
        }
    }

    /// <summary>The STATUS lines of an event; none for an end without a failure, nor for a connection that tor no longer waits for.</summary>
    internal static IEnumerable<StatusMessage> LinesOf(PlaitEvent happened) => happened switch
    {
        PlaitEvent.ConnectionOpened opened =>
            [new(opened.Chain, [new("CONNECT", opened.Grant == GrantQuality.Proven ? "Success" : "Provisional")])],
        PlaitEvent.ConnectionFailed { Failure: var failure } => Unless(failure.Cause == FailureCause.Canceled, Failed("CONNECT", "Failed", failure)),
        PlaitEvent.ConnectionEnded { Failure: { } failure } => Unless(failure.Cause == FailureCause.Canceled, Failed("CONNECT", "Lost", failure)),
        PlaitEvent.ConnectionStalled { Failure: var failure } => [Failed("CONNECT", "Stalled", failure)],
        PlaitEvent.ChildStarted started => Child(started.Child, "Started"),
        PlaitEvent.ChildExited exited => Child(exited.Child, "Exited", new PtArgument("END", exited.End.ToString())),
        PlaitEvent.ChildStartFailed failed => Child(failed.Child, "Failed",
            new("STAGE", FailureWords.NameOf(failed.Stage)), new("CAUSE", FailureWords.NameOf(failed.Cause))),
        PlaitEvent.ChildKilled { Failure: var failure } => [Failed("CHILD", "Killed", failure)],
        PlaitEvent.ChildRestarted restarted => Child(restarted.Child, "Restarted"),
        _ => [],
    };

    private static StatusMessage Failed(string what, string outcome, ChainFailure failure)
    {
        List<PtArgument> values =
        [
            new(what, outcome),
            new("STAGE", FailureWords.NameOf(failure.Stage)),
            new("CAUSE", FailureWords.NameOf(failure.Cause)),
        ];
        if (failure.Hop is { } hop)
        {
            values.Add(new("HOP", $"{hop}"));
            values.Add(new("HOP_TRANSPORT", failure.Transport!));
        }

        values.Add(new("MESSAGE", failure.Text.ToString()));
        return new(failure.Chain, values);
    }

    /// <summary>One line for each chain that the child serves, with the child's hops.</summary>
    private static IEnumerable<StatusMessage> Child(ChildLabel child, string state, params PtArgument[] more) =>
        child.Positions.GroupBy(position => position.Chain).Select(chain => new StatusMessage(chain.Key,
        [
            new("CHILD", state),
            new("PROGRAM", child.Program),
            new("HOPS", string.Join(',', chain.Select(position => position.Hop))),
            .. more,
        ]));

    private static IEnumerable<StatusMessage> Unless(bool silent, StatusMessage line) => silent ? [] : [line];
}
