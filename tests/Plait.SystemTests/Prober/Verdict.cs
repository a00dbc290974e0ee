namespace Plait.SystemTests.Prober;

/// <summary>What a kind of probe saw of a transport alone, and of Plait with the same transport at the wire.</summary>
/// <param name="Wire">The transport.</param>
/// <param name="Kind">The kind of probe.</param>
/// <param name="Alone">What was seen of the transport, each time.</param>
/// <param name="Plait">What was seen of Plait, each time.</param>
internal sealed record Verdict(string Wire, ProbeKind Kind, IReadOnlyList<Sight> Alone, IReadOnlyList<Sight> Plait)
{
    /// <summary>Whether something was seen of both: the one may be the other.</summary>
    public bool IsSame => Alone.Any(one => Plait.Any(one.IsLike));

    /// <summary>What was seen of the transport alone, for a cell of the table.</summary>
    public string Seen => string.Join(Alternative, Alone.Select(sight => sight.Words).Distinct().Order(StringComparer.Ordinal));

    /// <summary>Between what is seen now and what is seen another time.</summary>
    public const string Alternative = " or ";

    public override string ToString() =>
        $"{(IsSame ? "same" : "DIFFERS")}: {Wire}: {Kind.Sent}, {Kind.Then}: alone {string.Join(" / ", Alone)}; Plait {string.Join(" / ", Plait)}";
}
