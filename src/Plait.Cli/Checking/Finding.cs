using Plait.Configuration;

namespace Plait.Cli.Checking;

/// <summary>Something that <c>plait check</c> found.</summary>
/// <remarks>Like <see cref="ConfigurationProblem"/>, it names words, names and keys, never an address or the value of an argument (G5).</remarks>
/// <param name="IsProblem">Whether it is a problem; otherwise it is worth knowing, and nothing fails because of it.</param>
/// <param name="At">Where it is, or null.</param>
/// <param name="What">What it is, without a full stop.</param>
/// <param name="Instead">What to do: one sentence with its full stop; empty where <paramref name="What"/> says it.</param>
internal sealed record Finding(bool IsProblem, SourceLine? At, string What, string Instead)
{
    /// <summary>The <see cref="SourceLine.File"/> of a line that was given after <c>--bridge</c>.</summary>
    internal const string BridgeOption = "--bridge";

    internal static Finding Problem(SourceLine? at, string what, string instead) => new(true, at, what, instead);

    internal static Finding Note(SourceLine? at, string what, string instead) => new(false, at, what, instead);

    /// <summary>A piece of advice as Plait's failures have it, as a sentence.</summary>
    internal static string Sentence(string advice) => advice.Length == 0 ? "" : $"{char.ToUpperInvariant(advice[0])}{advice[1..]}.";

    /// <summary>Where it is, as a person reads it.</summary>
    internal static string PlaceOf(SourceLine at) => at.File == BridgeOption
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"bridge line {at.Line}")
        : at.ToString();

    /// <summary>One line: <c>torrc:12: What. Instead.</c></summary>
    public override string ToString() =>
        $"{(At is null ? "" : $"{PlaceOf(At)}: ")}{What}{(What is [.., '.' or '?'] ? "" : ".")} {Instead}".TrimEnd();
}
