using System.Net;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;

namespace Plait.Hosting;

/// <summary>A name that tor asked for, resolved or not.</summary>
/// <param name="Alias">The name.</param>
/// <param name="Definition">Its chain, or null.</param>
/// <param name="Problem">Why there is none.</param>
internal sealed record ChainPlan(string Alias, ChainDefinition? Definition, SafeText? Problem)
{
    /// <summary>Looks up each name once; a name asked for twice is served once (M27).</summary>
    internal static List<ChainPlan> Resolve(PlaitConfiguration configuration, PtRole role, IReadOnlyList<string> names) =>
        [.. names.Distinct().Select(name => ChainResolver.Resolve(configuration, role, name) switch
        {
            ChainResolution.Found found => new ChainPlan(name, found.Chain, null),
            ChainResolution.Failed failed => new ChainPlan(name, null, SafeText.Own($"{failed.Why}; {AdviceOf(failed.Instead)}")),
            _ => throw new InvalidOperationException("A resolution of a new kind."),
        })];

    /// <summary>The positions of the chains that keep state.</summary>
    internal static IReadOnlyList<Position> WithState(IReadOnlyList<ChainPlan> plans, PtRole role) =>
        [.. from plan in plans
            from hop in (plan.Definition?.Hops ?? []).Index()
            where hop.Item.Source.KeepsState(role)
            select new Position(plan.Alias, hop.Index, hop.Item.Name)];

    /// <summary>A sentence as a part of a longer one.</summary>
    private static string AdviceOf(string sentence) => $"{char.ToLowerInvariant(sentence[0])}{sentence[1..].TrimEnd('.')}";

    /// <summary>The chain listens; if it cannot work yet, this logs that once.</summary>
    internal ChainStart.Listening Listening(IPEndPoint address, PtArguments arguments, ChainStart.Failed? refusing, ILogger logger)
    {
        switch (refusing)
        {
            case { IsRetried: true }:
                ChainLog.RefusesForNow(logger, refusing.Failure.Line);
                break;
            case not null:
                ChainLog.RefusesUntilRestart(logger, refusing.Failure.Line);
                break;
        }

        return new(Alias, address, arguments) { Refusing = refusing?.Failure };
    }

    /// <summary>There is no such chain: <see cref="Problem"/>.</summary>
    internal ChainStart.Failed NotKnown() => Failed(null, new(ChainStage.Launch, FailureCause.ArgumentWrong, Problem!) { MayPass = false });

    /// <summary>The chain failed at start.</summary>
    /// <param name="hop">The hop at fault, or null.</param>
    /// <param name="down">Why.</param>
    internal ChainStart.Failed Failed(int? hop, ProcessDown down)
    {
        var failure = new ChainFailure(Alias, hop, hop is { } index ? Definition!.Hops[index].Name : null, down.Stage, down.Cause, down.Text);
        return new(Alias, failure with { Advice = down.Advice }) { MayPass = down is { MayPass: true, TakesAnotherConfiguration: false }, IsRetried = down.MayPass };
    }
}
