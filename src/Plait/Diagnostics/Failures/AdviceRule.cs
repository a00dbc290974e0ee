using System.Globalization;
using System.Text.RegularExpressions;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Hints;

namespace Plait.Diagnostics.Failures;

/// <summary>Circumstances that need other words than the table's (<see cref="FailureWords"/>).</summary>
/// <param name="When">The circumstances, for the page.</param>
/// <param name="Applies">Whether a failure has them.</param>
/// <param name="Hint">
/// What to do. In it, and in <paramref name="Sentence"/>, <c>TIME</c>, <c>TRANSPORT</c>, <c>SECRET</c> (the key by which a bridge knows
/// its clients), <c>KEY</c> (the same as the bridge line has it) and <c>ODD</c> (what looks wrong) are replaced by their values.
/// </param>
/// <param name="Sentence">What happened; null for what was reported.</param>
/// <param name="Cause">The cause; null for the one that was reported.</param>
internal sealed partial record AdviceRule(
    string When, Func<ChainFailure, Circumstances, bool> Applies, string Hint, string? Sentence = null, FailureCause? Cause = null)
{
    private const int MostShown = 3;

    /// <summary>The failure in these words.</summary>
    internal ChainFailure Give(ChainFailure failure, Circumstances seen) => failure with
    {
        Cause = Cause ?? failure.Cause,
        Detail = Sentence is null ? failure.Detail : Filled(Sentence, failure, seen),
        Advice = Filled(Hint, failure, seen),
    };

    /// <summary>Made of our own words, keys of known transports, and a review's words for others: it holds no value (G5).</summary>
    private static SafeText Filled(string words, ChainFailure failure, Circumstances seen)
    {
        string secret = SecretOf(failure) ?? "";
        return SafeText.Own(Places().Replace(words, place => place.Value switch
        {
            "TIME" => string.Create(CultureInfo.InvariantCulture, $"{seen.Waited.TotalSeconds:0} s"),
            "TRANSPORT" => failure.Transport ?? "",
            "SECRET" => secret,
            "KEY" => seen.Hops == 1 ? secret : string.Create(CultureInfo.InvariantCulture, $"x-chain-{failure.Hop}-{secret}"),
            _ => string.Join("; ", seen.Odd.Take(MostShown).Select(finding => finding.Text)),
        }));
    }

    [GeneratedRegex(@"\b(TIME|TRANSPORT|SECRET|KEY|ODD)\b")]
    private static partial Regex Places();

    /// <summary>The key by which a bridge knows the clients of the hop's transport, or null.</summary>
    internal static string? SecretOf(ChainFailure failure) =>
        failure.Transport is { } transport ? KnownTransports.Of(transport)?.ProofKey : null;
}
