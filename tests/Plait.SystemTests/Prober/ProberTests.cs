using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Prober;

/// <summary>
/// A censor who probes meets the wire hop's transport, and nothing of Plait (G12): every kind of probe is tried on obfs4proxy alone and on
/// Plait with obfs4proxy at the wire of a chain, some times at once, and no kind tells the two apart. The page has what is seen.
/// </summary>
public sealed class ProberTests(ITestOutputHelper output)
{
    // The inner hop does not speak first: whoever gets through obfs3 or obfs2, which takes no secret, would hear it.
    private static readonly Dictionary<string, string> s_chains = new() { ["obfs4"] = "obfs3_obfs4", ["obfs3"] = "obfs4_obfs3", ["obfs2"] = "obfs4_obfs2" };

    [Fact]
    public async Task EveryKind_AloneAndAtTheWireOfPlait_LooksTheSame()
    {
        IReadOnlyCollection<Verdict> verdicts = await RunAsync(whileDown: true, ProbeTable.Wires.Select(wire =>
            new LineUp(wire, service => Suspect.Alone(wire, service), service => Suspect.Plait(s_chains[wire], service))));

        output.WriteLine(ProbeTable.Write(verdicts));
        Assert.All(verdicts, verdict => Assert.All(
            verdict.Alone,
            sight => Assert.Contains(sight.Words, Assert.Single(ProbeTable.RowsOf(verdict.Kind))[verdict.Wire])));
    }

    /// <summary>
    /// Where the outside socket is ours: in front of obfs4proxy, and for a transport that is part of Plait, as it is without a hop behind it.
    /// Such a listener goes on listening while a transport is down.
    /// </summary>
    [Fact]
    public async Task EveryKindOfOneThatIsUp_AtPlaitsOwnListener_LooksTheSame() => await RunAsync(whileDown: false,
    [
        new("obfs4", service => Suspect.Alone("obfs4", service), service => Suspect.Plait("obfs3_obfs4", service, "ServerTransportWire obfs4 plait")),
        new("b64", service => Suspect.Plait("b64", service), service => Suspect.Plait("obfs4_b64", service)),
    ]);

    [Fact]
    public void Page_HasARowForEachKind_AndTheirNumber()
    {
        Assert.All(ProbeKind.All, kind => Assert.Single(ProbeTable.RowsOf(kind)));
        Assert.Contains($" {ProbeKind.All.Count()} kinds of probe", ProbeTable.Section, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyCollection<Verdict>> RunAsync(bool whileDown, IEnumerable<LineUp> lineUps)
    {
        if (!Socket.OSSupportsIPv6)
        {
            Programs.SkipOrFail("there is no IPv6 here");
        }

        Verdict[] verdicts = [.. (await Task.WhenAll(lineUps.Select(lineUp => lineUp.RunAsync(whileDown)))).SelectMany(some => some)];
        Verdict[] different = [.. verdicts.Where(verdict => !verdict.IsSame)];
        output.WriteLine($"{verdicts.Length} comparisons, {different.Length} differ");
        Assert.True(different.Length == 0, string.Join('\n', different.Select(verdict => $"{verdict}")));
        return verdicts;
    }
}
