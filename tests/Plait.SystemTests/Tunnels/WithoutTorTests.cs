using System.Text.RegularExpressions;
using Plait.Cli.Tunnels;
using Plait.Diagnostics.Failures;

namespace Plait.SystemTests.Tunnels;

/// <summary>What a tunnel says to do can be done without tor.</summary>
public sealed partial class WithoutTorTests
{
    [Fact]
    public void Of_EveryHintAndSentence_NamesNoTor()
    {
        IEnumerable<string> texts =
        [
            .. from row in FailureWords.Particular
               where row.Stage != ChainStage.Authentication // towards tor
               from text in new[] { row.Sentence.Sentence, row.Sentence.Hint }
               select text,
            .. Enum.GetValues<FailureCause>().Select(cause => FailureWords.GeneralOf(cause).Hint),
            .. Plait.Diagnostics.Failures.Advice.Rules.SelectMany(rule => new[] { rule.Hint, rule.Sentence ?? "" }),
            "Restart tor, or write: ServerTransportJoint NAME orport", // log 307
            "a failure; then restart tor. Until then its connections are refused", // log 323
        ];

        Assert.DoesNotContain(texts.Select(WithoutTor.Of), text => NamesTor().IsMatch(text));
    }

    [GeneratedRegex(@"\btor(rc)?\b", RegexOptions.IgnoreCase)]
    private static partial Regex NamesTor();
}
