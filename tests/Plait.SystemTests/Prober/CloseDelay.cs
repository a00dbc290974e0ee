using System.Net.Sockets;

namespace Plait.SystemTests.Prober;

/// <summary>
/// How long a bridge keeps what is no handshake: the seed of its identity fixes that (O4-33, O4-39), and obfs4 inside Plait keeps it exactly as
/// long as obfs4proxy with the same seed does. A prober could tell them apart otherwise.
/// </summary>
internal static class CloseDelay
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(55);
    private static readonly TimeSpan s_after = TimeSpan.FromSeconds(2);

    private static readonly Payload[] s_payloads = [Payload.Nothing, Payload.Random(100), Payload.Random(10_000), Payload.Trickle];

    /// <summary>Names of seeds whose delays are 0, 6 and 12 s: further apart than what <see cref="Sight"/> takes for the same time.</summary>
    public static IReadOnlyList<string> Seeds { get; } = ["s8", "s21", "s5"];

    /// <summary>Both keep a stranger for the same time, whatever it sends.</summary>
    public static async Task AssertSameAsync(string seed, ITestOutputHelper output)
    {
        await using Suspect alone = Suspect.Alone("obfs4", seed: seed);
        await using Suspect inside = Suspect.Inside("obfs4", seed: seed);
        await Task.WhenAll(alone.Bridge.WaitForDoneAsync(), inside.Bridge.WaitForDoneAsync());
        await Task.WhenAll(s_payloads.Select(async payload =>
        {
            Sight[] seen = await Task.WhenAll(LookAsync(alone, payload), LookAsync(inside, payload));
            string both = $"seed {seed}: {payload.Name}: alone {seen[0]}; Plait {seen[1]}";
            output.WriteLine(both);
            Assert.All(seen, sight => Assert.StartsWith("FIN at its limit", sight.Words, StringComparison.Ordinal));
            Assert.True(seen[0].IsLike(seen[1]), both);
        }));
    }

    private static async Task<Sight> LookAsync(Suspect suspect, Payload payload)
    {
        using var probe = new Probe(payload, Manner.StaysOpen);
        return await probe.RunAsync(suspect.At(AddressFamily.InterNetwork), s_window, s_after);
    }
}
