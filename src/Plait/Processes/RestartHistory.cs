using Plait.Configuration;

namespace Plait.Processes;

/// <summary>
/// Derives from the ends of one child how long to wait before its next start, and whether it is in a crash loop. Has no clock.
/// </summary>
/// <remarks>
/// Has two measures, because there are two questions. The pause depends on whether a start can succeed at all: it doubles with each end, and
/// a life of <see cref="Steady"/> resets it, so a child that had been working is back at once. The crash loop depends on what a person
/// needs to hear: a child that ends every few seconds was working each time, but its thousandth end is no news. Only after a life of
/// <see cref="Calm"/> is the next end reported again.
/// </remarks>
internal sealed class RestartHistory(Limits limits)
{
    /// <summary>A child that lived for this time did not fail at its start.</summary>
    internal static readonly TimeSpan Steady = TimeSpan.FromSeconds(3);

    /// <summary>A child that lived for this time stays up. Equals the longest pause of the default configuration.</summary>
    internal static readonly TimeSpan Calm = TimeSpan.FromMinutes(1);

    /// <summary>This many ends without a calm between them are a crash loop: one may be chance, and a second its consequence.</summary>
    internal const int LoopAfter = 3;

    private TimeSpan _pause = limits.RestartDelayMin;

    /// <summary>Ends, and starts that failed, since the child was last calm.</summary>
    internal int Ends { get; private set; }

    /// <summary>The last end made it a crash loop.</summary>
    internal bool BeginsLoop => Ends == LoopAfter;

    /// <summary>The crash loop has been reported.</summary>
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

    /// <summary>The child has lived for <see cref="Calm"/>: starts anew.</summary>
    internal void BecameCalm() => Ends = 0;
}
