using Plait.Diagnostics.Secrecy;

namespace Plait.Diagnostics.Failures;

/// <summary>One failure of one chain: hop, stage and cause (G4), with a sentence for a person.</summary>
/// <param name="Chain">The chain's alias, as tor knows it.</param>
/// <param name="Hop">Index of the hop, 0 nearest to tor; null where no single hop is at fault.</param>
/// <param name="Transport">The hop's transport, or null.</param>
/// <param name="Stage">What was being done.</param>
/// <param name="Cause">Why it failed.</param>
/// <param name="Detail">What happened, without addresses or arguments (G5). What to do is <see cref="Hint"/>.</param>
public sealed record ChainFailure(
    string Chain, int? Hop, string? Transport, ChainStage Stage, FailureCause Cause, SafeText Detail)
{
    /// <summary>What to do, if more is known than stage and cause (<see cref="Failures.Advice"/>); null for the table's words.</summary>
    internal SafeText? Advice { get; init; }

    /// <summary>What to do about it, for a person.</summary>
    public string Hint => Advice?.ToString() ?? FailureWords.Of(Stage, Cause).Hint;

    /// <summary>"hop 1 (obfs4), handshake: refused: …; …": all but the chain, for lines that name it themselves.</summary>
    public SafeText Text
    {
        get
        {
            SafeText where = Hop is { } hop ? $"hop {hop} ({SafeText.Name(Transport ?? "")}), " : SafeText.Empty;
            FailureSentence words = FailureWords.Of(Stage, Cause);
            SafeText hint = Advice is { } advice ? $"; {advice}"
                : words.DetailHasHint ? SafeText.Empty
                : $"; {SafeText.Own(words.Hint)}";
            return $"{where}{SafeText.Own(FailureWords.Of(Stage))}: {SafeText.Own(FailureWords.Of(Cause))}: {Detail}{hint}";
        }
    }

    /// <summary>"obfs3_obfs4: hop 1 (obfs4), handshake: refused: …; …".</summary>
    public SafeText Line => $"{SafeText.Name(Chain)}: {Text}";

    /// <summary>As <see cref="Line"/>.</summary>
    public override string ToString() => Line.ToString();
}

/// <summary>A chain could not be started or opened.</summary>
/// <param name="failure">Which hop, at which stage, and why.</param>
/// <param name="cause">The exception that caused it, or null.</param>
public sealed class ChainException(ChainFailure failure, Exception? cause = null) : Exception(failure.ToString(), cause)
{
    /// <summary>Which hop, at which stage, and why.</summary>
    public ChainFailure Failure => failure;
}
