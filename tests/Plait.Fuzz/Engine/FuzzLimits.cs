namespace Plait.Fuzz.Engine;

/// <summary>What makes a run a finding although nothing was thrown.</summary>
internal sealed record FuzzLimits
{
    /// <summary>A run that takes as long has no end. Far above any, also on a busy machine.</summary>
    internal TimeSpan Hang { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>By how much the heap may grow, in bytes.</summary>
    internal long Growth { get; init; } = 8 << 20;

    /// <summary>Between two looks at the heap.</summary>
    internal TimeSpan LookInterval { get; init; } = TimeSpan.FromSeconds(15);
}
