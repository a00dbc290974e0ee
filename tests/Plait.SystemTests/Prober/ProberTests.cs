using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Prober;

/// <summary>
/// A censor who probes meets the wire hop's transport, and nothing of Plait (G12): every kind of probe is tried on obfs4proxy alone and on
/// Plait with obfs4proxy at the wire of a chain, some times at once, and no kind tells the two apart. The page has what is seen.
/// </summary>
public sealed class ProberTests(ITestOutputHelper output)
{
    // Where obfs4proxy itself ends now so and now so, each way has its chance to show.
    private const int Times = 3;

    // The inner hop does not speak first: whoever gets through obfs3 or obfs2, which takes no secret, would hear it.
    private static readonly Dictionary<string, string> s_chains = new() { ["obfs4"] = "obfs3_obfs4", ["obfs3"] = "obfs4_obfs3", ["obfs2"] = "obfs4_obfs2" };

    [Fact]
    public async Task EveryKind_AloneAndAtTheWireOfPlait_LooksTheSame()
    {
        if (!Socket.OSSupportsIPv6)
        {
            Programs.SkipOrFail("there is no IPv6 here");
        }

        Verdict[] verdicts = [.. (await Task.WhenAll(ProbeTable.Wires.Select(ProbeAsync))).SelectMany(some => some)];

        Verdict[] different = [.. verdicts.Where(verdict => !verdict.IsSame)];
        output.WriteLine($"{verdicts.Length} comparisons, {different.Length} differ\n{ProbeTable.Write(verdicts)}");
        Assert.True(different.Length == 0, string.Join('\n', different.Select(verdict => $"{verdict}")));
        Assert.All(verdicts, verdict => Assert.All(
            verdict.Alone,
            sight => Assert.Contains(sight.Words, Assert.Single(ProbeTable.RowsOf(verdict.Kind))[verdict.Wire])));
    }

    [Fact]
    public void Page_HasARowForEachKind_AndTheirNumber()
    {
        Assert.All(ProbeKind.All, kind => Assert.Single(ProbeTable.RowsOf(kind)));
        Assert.Contains($" {ProbeKind.All.Count()} kinds of probe", ProbeTable.Section, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<Verdict>> ProbeAsync(string wire)
    {
        await using Suspect alone = Suspect.Alone(wire);
        await using Suspect plait = Suspect.Plait(s_chains[wire]);
        await Task.WhenAll(alone.Bridge.WaitForDoneAsync(), plait.Bridge.WaitForDoneAsync());
        List<Verdict> verdicts = [.. await Task.WhenAll(ProbeKind.OfOneThatIsUp.Select(kind => CompareAsync(wire, kind, Times, alone, plait)))];

        await using Suspect aloneSpeaking = Suspect.Alone(wire, Segments.ServeAsync);
        await using Suspect plaitSpeaking = Suspect.Plait(s_chains[wire], Segments.ServeAsync);
        verdicts.Add(await CompareAsync(wire, ProbeKind.OfOneThatSpeaks, Times, aloneSpeaking, plaitSpeaking));

        await Task.WhenAll(alone.TakeDownAsync(), plait.TakeDownAsync());
        verdicts.AddRange(await Task.WhenAll(ProbeKind.OfOneThatIsDown.Select(kind => CompareAsync(wire, kind, Times, alone, plait))));
        return verdicts;
    }

    private static async Task<Verdict> CompareAsync(string wire, ProbeKind kind, int times, Suspect alone, Suspect plait)
    {
        Task<Sight[]> seenAlone = Task.WhenAll(Enumerable.Range(0, times).Select(_ => kind.RunAsync(alone)));
        Task<Sight[]> seenAtPlait = Task.WhenAll(Enumerable.Range(0, times).Select(_ => kind.RunAsync(plait)));
        return new(wire, kind, await seenAlone, await seenAtPlait);
    }
}
