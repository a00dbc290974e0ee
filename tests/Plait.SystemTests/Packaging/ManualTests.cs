using System.Globalization;
using System.Text.RegularExpressions;
using Plait.Diagnostics.Failures;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Packaging;

/// <summary>The manual pages say what the program and the plaitrc know, and can be read in a terminal.</summary>
public sealed partial class ManualTests : IDisposable
{
    private const int Columns = 80;

    private string? _folder;

    [Fact]
    public async Task Plait1_WordsOfTheHelp_AreAllNamed()
    {
        string page = string.Join('\n', await ReadAsync("man1/plait.1.gz"));

        foreach (string word in (await CommandLineWords.ReadAsync()).All)
        {
            Assert.Matches($@"(?<![\w-]){Regex.Escape(word)}(?![\w-])", page);
        }
    }

    [Fact]
    public async Task Plait1_ExitCodes_AreAllNamed()
    {
        IReadOnlyList<string> page = await ReadAsync("man1/plait.1.gz");

        foreach (int code in Enum.GetValues<FailureCause>().Select(FailureWords.ExitCodeOf).Append(0).Append(1).Append(70))
        {
            Assert.Contains(page, line => line.StartsWith($"       {code.ToString(CultureInfo.InvariantCulture)} ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Plaitrc5_HasEveryWord_AsAnItemOfAList()
    {
        IReadOnlyList<string> page = await ReadAsync("man5/plaitrc.5.gz");

        string example = Path.Combine(PlaitProgram.RepositoryRoot, "examples", "every-word.plaitrc");
        string[] words = [.. File.ReadLines(example).Select(line => FirstWord().Match(line).Value).Where(word => word.Length > 0).Distinct()];
        Assert.NotEmpty(words);
        Assert.All(words, word => Assert.Contains(page, line => line == $"       {word}" || line.StartsWith($"       {word} ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("man1/plait.1.gz")]
    [InlineData("man5/plaitrc.5.gz")]
    public async Task Page_InATerminal_HasNoTableAndTextThatFits(string page)
    {
        IReadOnlyList<string> lines = await ReadAsync(page);

        Assert.Equal("NAME", lines.First(line => line.Length > 0 && char.IsUpper(line[0])));
        Assert.DoesNotContain(lines, line => line.IndexOfAny(['│', '├', '`']) >= 0);
        Assert.DoesNotContain(lines, line => line.Contains(".md)", StringComparison.Ordinal) && line.Contains('[', StringComparison.Ordinal));
        // Examples stand deeper and are not broken.
        Assert.DoesNotContain(lines, line => line.Length > Columns && !line.StartsWith("           ", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>A page of the package as a terminal shows it.</summary>
    private async Task<IReadOnlyList<string>> ReadAsync(string page)
    {
        _folder ??= await DebianPackage.UnpackAsync();
        return await Tool.RunAsync(
            "man",
            ["-l", Path.Combine(_folder, "usr", "share", "man", page)],
            new Dictionary<string, string?> { ["MANWIDTH"] = "80", ["MAN_KEEP_FORMATTING"] = null, ["LC_ALL"] = "C.UTF-8", ["MANPAGER"] = "cat" });
    }

    [GeneratedRegex("^[A-Z][A-Za-z]+")]
    private static partial Regex FirstWord();
}
