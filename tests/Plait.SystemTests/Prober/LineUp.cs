using System.Net.Sockets;

namespace Plait.SystemTests.Prober;

/// <summary>Puts every kind of probe to a bridge that is as it should look, and to Plait, at once.</summary>
/// <param name="wire">What is at the wire.</param>
/// <param name="alone">Starts the one, in front of a service; null for an echo.</param>
/// <param name="plait">Starts Plait likewise.</param>
internal sealed class LineUp(
    string wire, Func<Func<Socket, CancellationToken, Task>?, Suspect> alone, Func<Func<Socket, CancellationToken, Task>?, Suspect> plait)
{
    // Where obfs4proxy itself ends now so and now so, each way has its chance to show.
    private const int Times = 3;

    // What differs is looked at so many times more, later: whether obfs4proxy ends with bytes unread, and so by a RST, depends on the load of the
    // moment. All probes of one moment then see the same. What Plait did otherwise would differ every time.
    private const int Again = 3;

    /// <summary>Probes.</summary>
    /// <param name="whileDown">Also while the transport is down.</param>
    public async Task<IReadOnlyList<Verdict>> RunAsync(bool whileDown)
    {
        await using Suspect one = alone(null);
        await using Suspect other = plait(null);
        await Task.WhenAll(one.Bridge.WaitForDoneAsync(), other.Bridge.WaitForDoneAsync());
        List<Verdict> verdicts = [.. await Task.WhenAll(ProbeKind.OfOneThatIsUp.Select(kind => CompareAsync(kind, one, other)))];

        await using Suspect oneSpeaking = alone(Segments.ServeAsync);
        await using Suspect otherSpeaking = plait(Segments.ServeAsync);
        verdicts.Add(await CompareAsync(ProbeKind.OfOneThatSpeaks, oneSpeaking, otherSpeaking));

        if (whileDown)
        {
            await Task.WhenAll(one.TakeDownAsync(), other.TakeDownAsync());
            verdicts.AddRange(await Task.WhenAll(ProbeKind.OfOneThatIsDown.Select(kind => CompareAsync(kind, one, other))));
        }

        return verdicts;
    }

    private async Task<Verdict> CompareAsync(ProbeKind kind, Suspect one, Suspect other)
    {
        Verdict verdict = await LookAsync(kind, one, other);
        for (int more = 0; !verdict.IsSame && more < Again; more++)
        {
            Verdict later = await LookAsync(kind, one, other);
            verdict = verdict with { Alone = [.. verdict.Alone, .. later.Alone], Plait = [.. verdict.Plait, .. later.Plait] };
        }

        return verdict;
    }

    private async Task<Verdict> LookAsync(ProbeKind kind, Suspect one, Suspect other)
    {
        Task<Sight[]> seenAlone = SeeAsync(one);
        Task<Sight[]> seenAtPlait = SeeAsync(other);
        return new(wire, kind, await seenAlone, await seenAtPlait);

        Task<Sight[]> SeeAsync(Suspect suspect) => Task.WhenAll(Enumerable.Range(0, Times).Select(_ => kind.RunAsync(suspect)));
    }
}
