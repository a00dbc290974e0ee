using System.Text.RegularExpressions;

namespace Plait.Tests.Documentation;

/// <summary>What the tests read in a page. Blocks of code are passed over.</summary>
internal static partial class Markdown
{
    /// <summary>The texts between backticks.</summary>
    public static IEnumerable<string> Quoted(string page) =>
        QuotedText().Matches(WithoutCode(page)).Select(match => match.Groups[1].Value.Replace('\n', ' '));

    /// <summary>The targets of links, those to other sites left out.</summary>
    public static IEnumerable<string> Links(string page) =>
        Link().Matches(WithoutCode(page)).Select(match => match.Groups[1].Value).Where(target => !target.Contains("://", StringComparison.Ordinal));

    /// <summary>What stands behind <c>#</c> in a link to a heading of the page.</summary>
    public static IEnumerable<string> Anchors(string page) =>
        Heading().Matches(WithoutCode(page)).Select(match => NotOfAnAnchor().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    private static string WithoutCode(string page) => CodeBlock().Replace(page, "");

    [GeneratedRegex(@"^```.*?^```|^(?: {4}|\t).*?$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"`((?:[^`\n]|\n(?!\n))+)`")]
    private static partial Regex QuotedText();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ +(.+?) *$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotOfAnAnchor();
}
