using Plait.Configuration;

namespace Plait.Processes;

/// <summary>
/// What the ends of one child add up to: how long to wait before its next start, and whether it is a crash loop. No clock.
/// </summary>
/// <remarks>
/// Two measures, for they answer two questions. The pause asks whether a start can succeed at all: it doubles with each end,
/// and a life of <see cref="Steady"/> sets it back, so that a child which had been working is back at once. The loop asks
/// what a person has to be told: a child that ends every few seconds was working each time, and yet its thousandth end is no
/// news; only a life of <see cref="Calm"/> makes the next end one.
/// </remarks>
internal sealed class RestartHistory(Limits limits)
{
    /// <summary>A child that lived as long as this did not die of its start.</summary>
    internal static readonly TimeSpan Steady = TimeSpan.FromSeconds(3);

    /// <summary>A child that lived as long as this stays up. As long as the longest pause of the default configuration.</summary>
    internal static readonly TimeSpan Calm = TimeSpan.FromMinutes(1);

    /// <summary>So many ends without a calm in between are a crash loop: one may be chance, and a second its echo.</summary>
    internal const int LoopAfter = 3;

    private TimeSpan _pause = limits.RestartDelayMin;

    /// <summary>Ends, and starts that failed, since the child was last calm.</summary>
    internal int Ends { get; private set; }

    /// <summary>The last end made it a crash loop.</summary>
    internal bool BeginsLoop => Ends == LoopAfter;

    /// <summary>It has been told that this is a crash loop.</summary>
    internal bool InLoop => Ends >= LoopAfter;

    /// <summary>The child has ended, or could not be started.</summary>
    /// <returns>The pause before the next start, without jitter.</returns>
    internal TimeSpan Ended()
    {
        Ends++;
        TimeSpan pause = _pause;
        TimeSpan doubled = pause * 2;
        _pause = doubled < limits.RestartDelayMax ? doubled : limits.RestartDelayMax;
        return pause;
    }

    /// <summary>The child has lived for <see cref="Steady"/>.</summary>
    internal void BecameSteady() => _pause = limits.RestartDelayMin;

    /// <summary>The child has lived for <see cref="Calm"/>: a new story begins.</summary>
    internal void BecameCalm() => Ends = 0;
}
