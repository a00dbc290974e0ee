using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Prober;

/// <summary>
/// A censor who probes meets the wire hop's transport, and nothing of Plait (G12): every kind of probe is tried on obfs4proxy alone and on
/// Plait with obfs4proxy at the wire of a chain, some times at once, and no kind tells the two apart. The page has what is seen.
/// </summary>
public sealed class ProberTests(ITestOutputHelper output)
{
    // The inner hop does not speak first: a prober that gets through obfs3 or obfs2, which takes no secret, would hear it.
    private static readonly Dictionary<string, string> s_chains = new() { ["obfs4"] = "obfs3_obfs4", ["obfs3"] = "obfs4_obfs3", ["obfs2"] = "obfs4_obfs2" };

    /// <summary>
    /// Also where the outside socket is ours: in front of obfs4proxy, and for a transport that is part of Plait, as it is without a hop before it.
    /// obfs4 inside Plait has the close delay of each of three seeds besides. All at once, because most of it is waiting.
    /// </summary>
    [Fact]
    public async Task EveryKind_AloneAndThroughPlait_LooksTheSame()
    {
        if (!Socket.OSSupportsIPv6)
        {
            Programs.SkipOrFail("there is no IPv6 here");
        }

        Task<Verdict[]> own = RunAsync(
            [new("obfs4", service => Suspect.Alone("obfs4", service), service => Suspect.Plait("obfs3_obfs4", service, "ServerTransportWire obfs4 plait"))], whileDown: true);
        Task<Verdict[]> inside = RunAsync([new("b64", service => Suspect.Plait("b64", service), service => Suspect.Plait("obfs4_b64", service))], whileDown: false);
        Task<Verdict[]> obfs3 = RunAsync(
            [new("obfs3", service => Suspect.Alone("obfs3", service), service => Suspect.Inside("obfs3", service))], whileDown: false);
        Task<Verdict[]> obfs4 = RunAsync(
            [new("obfs4", service => Suspect.Alone("obfs4", service), service => Suspect.Inside("obfs4", service))], whileDown: false);
        Task closeDelays = Task.WhenAll(CloseDelay.Seeds.Select(seed => CloseDelay.AssertSameAsync(seed, output)));
        Verdict[] verdicts = await RunAsync(
            ProbeTable.Wires.Select(wire => new LineUp(wire, service => Suspect.Alone(wire, service), service => Suspect.Plait(s_chains[wire], service))), whileDown: true);

        output.WriteLine(ProbeTable.Write(verdicts));
        AssertSame("transports that listen themselves", verdicts);
        AssertSame("Plait's own listener", await own);
        AssertSame("a transport that is part of Plait", await inside);
        AssertSame("obfs3 inside Plait", await obfs3);
        AssertSame("obfs4 inside Plait", await obfs4);
        await closeDelays;
        // One of the three: what an end meets that is still under way is chance, and the page has what is seen nearly always.
        Assert.All(verdicts, verdict => Assert.Contains(
            verdict.Alone,
            sight => Assert.Single(ProbeTable.RowsOf(verdict.Kind))[verdict.Wire].Contains(sight.Words)));
    }

    [Fact]
    public void Page_HasARowForEachKind_AndTheirNumber()
    {
        Assert.All(ProbeKind.All, kind => Assert.Single(ProbeTable.RowsOf(kind)));
        Assert.Contains($" {ProbeKind.All.Count()} kinds of probe", ProbeTable.Section, StringComparison.Ordinal);
    }

    private static async Task<Verdict[]> RunAsync(IEnumerable<LineUp> lineUps, bool whileDown) =>
        [.. (await Task.WhenAll(lineUps.Select(lineUp => lineUp.RunAsync(whileDown)))).SelectMany(some => some)];

    private void AssertSame(string what, Verdict[] verdicts)
    {
        Verdict[] different = [.. verdicts.Where(verdict => !verdict.IsSame)];
        output.WriteLine($"{what}: {verdicts.Length} comparisons, {different.Length} differ");
        Assert.True(different.Length == 0, string.Join('\n', different.Select(verdict => $"{verdict}")));
    }
}
