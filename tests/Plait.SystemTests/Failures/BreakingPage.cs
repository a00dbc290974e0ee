using System.Text.RegularExpressions;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Failures;

/// <summary>
/// docs/breaking-it.md, whose lines are from tor's log: what Plait wrote for tor to show them. A test breaks the thing and compares.
/// </summary>
internal static partial class BreakingPage
{
    private const string Prompt = "    $ ";

    private static readonly string s_page = File.ReadAllText(Path.Combine(PlaitProgram.RepositoryRoot, "docs", "breaking-it.md"));

    /// <summary>Waits until Plait has written every line that the page shows under a title and that is Plait's own.</summary>
    /// <param name="title">The words in bold, without the full stop.</param>
    /// <param name="host">Plait, as tor started it.</param>
    public static async Task AssertShownAsync(string title, PtHost host)
    {
        string[] shown = [.. BlockOf(title).Select(ToPlaitsLine).OfType<string>()];
        Assert.True(shown.Length > 0, $"the page shows no line of Plait's under \"{title}\"");
        foreach (string line in shown)
        {
            string expected = Comparable(line);
            await host.Lines.WaitForAsync(written => Comparable(written) == expected, $"the line that docs/breaking-it.md shows under \"{title}\": {line}");
        }
    }

    /// <summary>The indented lines under a title, up to the next one.</summary>
    public static string[] BlockOf(string title)
    {
        int start = s_page.IndexOf($"**{title}.**", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/breaking-it.md has no \"{title}\"");
        IEnumerable<string> lines = s_page[start..].Split('\n').Skip(1)
            .TakeWhile(line => !line.StartsWith("**", StringComparison.Ordinal) && !line.StartsWith('#'));
        return [.. lines.Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Trim())];
    }

    /// <summary>The commands that the page shows with their output.</summary>
    public static IEnumerable<string> Commands => s_page.Split('\n').Where(line => line.StartsWith(Prompt, StringComparison.Ordinal)).Select(line => line[Prompt.Length..]);

    /// <summary>What the page shows of a command, without empty lines.</summary>
    public static IEnumerable<string> OutputOf(string command) => s_page.Split('\n')
        .SkipWhile(line => line != Prompt + command).Skip(1)
        .TakeWhile(line => line.Length == 0 || (line.StartsWith("    ", StringComparison.Ordinal) && !line.StartsWith(Prompt, StringComparison.Ordinal)))
        .Where(line => line.Length > 0).Select(line => line[4..]);

    /// <summary>What differs from run to run and from machine to machine: paths, ports, times, process ids.</summary>
    public static string Comparable(string line) =>
        Numbers().Replace(Paths().Replace(line.Replace('"', '\''), "PATH"), match => $"{match.Groups["before"].Value}N{match.Groups["unit"].Value}");

    /// <summary>What Plait wrote for tor to log this, or null if the words are tor's own.</summary>
    private static string? ToPlaitsLine(string shown)
    {
        if (Logged().Match(shown) is { Success: true } log)
        {
            string severity = log.Groups["level"].Value == "warn" ? "warning" : log.Groups["level"].Value;
            return $"LOG SEVERITY={severity} MESSAGE=\"{log.Groups["text"].Value}\"";
        }

        return Method().Match(shown) is { Success: true } method ? $"{(method.Groups["role"].Value == "Client" ? 'C' : 'S')}METHOD-ERROR {method.Groups["text"].Value}"
            : Environment().Match(shown) is { Success: true } environment ? $"ENV-ERROR {environment.Groups["text"].Value}"
            : null;
    }

    [GeneratedRegex(@"^\[(?<level>\w+)\] Managed proxy ""[^""]*"": (?<text>.*)$")]
    private static partial Regex Logged();

    [GeneratedRegex(@"^\[warn\] (?<role>Client|Server) managed proxy encountered a method error\. \((?<text>.*)\)$")]
    private static partial Regex Method();

    [GeneratedRegex(@"^\[warn\] Managed proxy couldn't understand the pluggable transport environment variables\. \((?<text>.*)\)$")]
    private static partial Regex Environment();

    [GeneratedRegex(@"(?<![\w.'])'?(/[\w.+-]+){2,}'?")]
    private static partial Regex Paths();

    // A time, a port or a process, and no other number: "hop 1" is "hop 1".
    [GeneratedRegex(@"(?<before>port |sport = :|process |pid )\d+|(?<before>)\b\d+(\.\d+)?(?<unit> s\b)")]
    private static partial Regex Numbers();
}
