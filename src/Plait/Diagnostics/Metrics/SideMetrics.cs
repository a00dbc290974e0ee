using System.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Wire.Pt;

namespace Plait.Diagnostics.Metrics;

/// <summary>Counts the events of one host for <see cref="PlaitMetrics"/>.</summary>
internal sealed class SideMetrics(PlaitMetrics metrics, PtRole role) : IPlaitObserver, IDisposable
{
    private static readonly PlaitCounters s_none = new(0, 0, 0, 0, 0, 0, 0, 0, 0);

    private Func<PlaitCounters>? _counters;

    internal PtRole Role => role;

    /// <summary>The host's own counts; zeros before it has started.</summary>
    internal PlaitCounters Counters => _counters?.Invoke() ?? s_none;

    internal void Counting(Func<PlaitCounters> counters) => _counters = counters;

    public void Dispose() => metrics.Detach(this);

    public void OnEvent(PlaitEvent happened)
    {
        switch (happened)
        {
            case PlaitEvent.ChainListening { Refusing: { } failure }:
                metrics.ChainFailures.Add(1, FailureTags(failure));
                break;
            case PlaitEvent.ChainFailed { Failure: var failure }:
                metrics.ChainFailures.Add(1, FailureTags(failure));
                break;
            case PlaitEvent.ConnectionOpened opened:
                OnOpened(opened);
                break;
            case PlaitEvent.ConnectionFailed { Failure: var failure } failed:
                metrics.Failures.Add(1, FailureTags(failure, lost: false));
                metrics.OpenDuration.Record(failed.Took.TotalSeconds, MetricTags.Role(role), MetricTags.Chain(failure.Chain), MetricTags.Cause(failure.Cause));
                break;
            case PlaitEvent.ConnectionEnded ended:
                OnEnded(ended);
                break;
            case PlaitEvent.ConnectionStalled { Failure: var failure }:
                metrics.Stalls.Add(1, MetricTags.Role(role), MetricTags.Chain(failure.Chain));
                break;
            case PlaitEvent.ChildExited exited:
                metrics.Exits.Add(1, MetricTags.Role(role), MetricTags.Program(exited.Child.Program));
                break;
            case PlaitEvent.ChildStartFailed failed:
                metrics.StartFailures.Add(1, ChildFailureTags(failed));
                break;
            case PlaitEvent.ChildRestarted restarted:
                metrics.Restarts.Add(1, MetricTags.Role(role), MetricTags.Program(restarted.Child.Program));
                break;
        }
    }

    private void OnOpened(PlaitEvent.ConnectionOpened opened)
    {
        metrics.Opened(role, opened);
        metrics.OpenDuration.Record(opened.Took.TotalSeconds, MetricTags.Role(role), MetricTags.Chain(opened.Chain));
        if (opened.Grant != GrantQuality.Proven)
        {
            metrics.Provisional.Add(1, MetricTags.Role(role), MetricTags.Chain(opened.Chain), MetricTags.Grant(opened.Grant));
        }
    }

    private void OnEnded(PlaitEvent.ConnectionEnded ended)
    {
        if (ended.Failure is { } failure)
        {
            metrics.Failures.Add(1, FailureTags(failure, lost: ended.Opened));
        }

        if (ended.Opened)
        {
            metrics.Ended(role, ended);
            metrics.Duration.Record(ended.Lasted.TotalSeconds, MetricTags.Role(role), MetricTags.Chain(ended.Chain));
        }
        else
        {
            metrics.NeverOpened.Add(1, MetricTags.Role(role), MetricTags.Chain(ended.Chain));
        }
    }

    private TagList FailureTags(ChainFailure failure)
    {
        TagList tags = [MetricTags.Role(role), MetricTags.Chain(failure.Chain), MetricTags.Stage(failure.Stage), MetricTags.Cause(failure.Cause)];
        if (failure.Transport is { } transport)
        {
            tags.Add(MetricTags.HopTransport(transport));
        }

        return tags;
    }

    private TagList FailureTags(ChainFailure failure, bool lost)
    {
        TagList tags = FailureTags(failure);
        tags.Add(MetricTags.Outcome(lost));
        return tags;
    }

    private TagList ChildFailureTags(PlaitEvent.ChildStartFailed failed) =>
        [MetricTags.Role(role), MetricTags.Program(failed.Child.Program), MetricTags.Stage(failed.Stage), MetricTags.Cause(failed.Cause)];
}
