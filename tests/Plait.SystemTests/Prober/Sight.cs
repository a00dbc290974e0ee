namespace Plait.SystemTests.Prober;

/// <summary>What a prober has seen of one probe.</summary>
/// <param name="Words">In words, as docs/threat-model.md has them.</param>
/// <param name="At">How long after connecting it ended; null where that says nothing.</param>
internal sealed record Sight(string Words, TimeSpan? At = null)
{
    // obfs4's own delays are apart by whole seconds (R11), and a busy machine is late by less.
    private static readonly TimeSpan s_tolerance = TimeSpan.FromSeconds(5);

    /// <summary>Whether a prober could take the one for the other.</summary>
    public bool IsLike(Sight other) =>
        Words == other.Words && ((At ?? TimeSpan.Zero) - (other.At ?? TimeSpan.Zero)).Duration() < s_tolerance;

    public override string ToString() => At is { } at ? $"{Words} ({at.TotalSeconds:0.0} s)" : Words;
}
