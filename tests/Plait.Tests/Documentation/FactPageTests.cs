using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Plait.Tests.Documentation;

/// <summary>Each code that a text cites leads to a fact or a guarantee, and each fact is cited.</summary>
public partial class FactPageTests
{
    private const string FactPage = "docs/specs/facts.md";

    // Looks like a code: a transport's name in a generator of tests.
    private static readonly string[] s_noCodes = ["Z9"];

    private static string[] Facts => [.. Fact().Matches(Repository.Read(FactPage)).Select(match => match.Groups[1].Value)];

    private static IEnumerable<string> Guarantees =>
        Repository.Pages.SelectMany(page => Guarantee().Matches(Repository.Read(page))).Select(match => match.Groups[1].Value);

    [Fact]
    public void Facts_OfThePage_HaveEachCodeOnce() => Assert.Equal(Facts.Distinct(), Facts);

    [Fact]
    public void Citations_InAnyFile_LeadToAFactOrAGuarantee()
    {
        HashSet<string> known = [.. Facts, .. Guarantees, .. s_noCodes];
        Findings.None(
            from file in Repository.Texts
            from code in Citations(file)
            where !known.Contains(code)
            select $"{file}: {code}");
    }

    [Fact]
    public void Facts_OfThePage_AreCitedElsewhere()
    {
        string[] cited = [.. Repository.Texts.Where(file => file != FactPage).SelectMany(Citations)];
        Findings.None(Facts.Except(cited).Select(code => $"{code} is cited nowhere"));
    }

    /// <summary>A number alone leads nowhere: our pages are cited by their headings, specifications by name and section.</summary>
    [Fact]
    public void Sections_InAnyFile_AreOfANamedSpecification() => Findings.None(
        from file in Repository.Texts
        let text = LineBreak().Replace(Repository.Read(file), " ")
        from Match match in Section().Matches(text)
        where match.Groups["before"].Length == 0 && match.Groups["after"].Length == 0
        select $"{file}: {match.Value} of what?");

    private static IEnumerable<string> Citations(string file) =>
        Citation().Matches(Repository.Read(file)).SelectMany(match => Codes(match.Groups[1].Value, match.Groups[2].Value));

    /// <summary>The codes from the first to the last; a last one such as E23b is none that a number leads to.</summary>
    private static IEnumerable<string> Codes(string first, string last)
    {
        yield return first;
        if (last.Length == 0)
        {
            yield break;
        }

        string letters = first.TrimEnd('b').TrimEnd([.. "0123456789"]);
        for (int number = Number(first) + 1; number <= Number(last); number++)
        {
            yield return $"{letters}{number}";
        }

        yield return last;
    }

    private static int Number(string code) => int.Parse(Digits().Match(code).Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^- \*\*([\w-]+)\*\* ", RegexOptions.Multiline)]
    private static partial Regex Fact();

    [GeneratedRegex(@"^\| \*\*(G\d+)\*\* \|", RegexOptions.Multiline)]
    private static partial Regex Guarantee();

    [GeneratedRegex(@"(?<![\w./\\%<&=+:-])((?:O[34]-|[A-Z]{1,2})\d{1,2}b?)(?:(?: to |[-–])((?:O[34]-|[A-Z]{1,2})\d{1,2}b?))?(?![\w-])")]
    private static partial Regex Citation();

    [GeneratedRegex(@"\d+(?=b?$)")]
    private static partial Regex Digits();

    [GeneratedRegex(@"\n[ \t]*(?:///?|\*|#)?[ \t]*")]
    private static partial Regex LineBreak();

    [GeneratedRegex(@"(?<before>(?:RFC \d+|[\w-]+-spec),? )?\b[Ss]ections? \d[\d.]*(?<after> of (?:RFC \d+|[\w-]+-spec))?")]
    private static partial Regex Section();
}
