using System.Text.RegularExpressions;
using Xunit;

namespace Plait.Tests.Documentation;

/// <summary>What a page names exists.</summary>
public partial class PageTests
{
    // On the page about mistakes: a word with a mistake.
    private static readonly string[] s_noNames = ["ClientTransportPlugins"];

    [Fact]
    public void Names_InBackticks_AreInTheSources() => Findings.None(
        from page in Repository.Pages
        from text in Markdown.Quoted(Repository.Read(page))
        where Name().IsMatch(text) && !s_noNames.Contains(text) && !Repository.HasFolder(text) && !SourceWords.Know(text.Split('(')[0])
        select $"{page}: {text}");

    [Fact]
    public void Paths_InBackticks_Exist() => Findings.None(
        from page in Repository.Pages
        from text in Markdown.Quoted(Repository.Read(page))
        let path = text.Split(' ')[0]
        where PathOfOurs().IsMatch(path) && IsOurs(path) && !Exists(path)
        select $"{page}: {path}");

    [Fact]
    public void Links_ToOurFiles_LeadToAFileAndItsHeading() => Findings.None(
        from page in Repository.Pages
        from link in Markdown.Links(Repository.Read(page))
        where !Leads(page, link)
        select $"{page}: {link}");

    private static bool Leads(string page, string link)
    {
        string[] parts = link.Split('#');
        string target = parts[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0]);
        return Repository.Has(target) && (parts.Length == 1 || Markdown.Anchors(Repository.Read(target)).Contains(parts[1]));
    }

    /// <summary>Neither a path of another program's, nor a result of a build. A file without a folder counts by its extension.</summary>
    private static bool IsOurs(string path)
    {
        string[] steps = path.Split('/');
        return steps.Length == 1
            ? Source().IsMatch(path)
            : steps[0] == "." || Repository.HasFolder(steps[0]);
    }

    /// <summary>A folder or a file stands there. <c>*</c> and words in capitals (<c>TARGET</c>) stand for any name.</summary>
    private static bool Exists(string path)
    {
        string place = path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
        string pattern = AnyName().Replace(Regex.Escape(place.TrimEnd('/')), "[^/]*");
        string start = Repository.Has(place.Split('/')[0]) || place != path ? "^" : "(?:^|/)";
        return Repository.Files.Any(file => Regex.IsMatch(file, $"{start}{pattern}(?:/|$)")) || Repository.Has(place);
    }

    [GeneratedRegex(@"^(?=\w*[a-z])[A-Z][A-Za-z0-9]*(?:\.[A-Z][A-Za-z0-9]*)*(?:\(\w*\))?$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^(?!artifacts/)[\w.*-]+(?:/[\w.*-]+)*/?$")]
    private static partial Regex PathOfOurs();

    [GeneratedRegex(@"\.(?:cs|c|csproj|props|slnx|md|txt)$")]
    private static partial Regex Source();

    [GeneratedRegex(@"\\\*|[A-Z]{4,}")]
    private static partial Regex AnyName();
}
