using System.Text.RegularExpressions;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Packaging;

/// <summary>What the shells offer is what the program knows: the shells themselves are asked.</summary>
public sealed partial class CompletionTests : IDisposable
{
    // What bash's completion calls, outside of a completion.
    private const string Bash = """
        compopt() { :; }
        . "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _plait && printf '%s\n' "${COMPREPLY[@]}"
        """;

    // The functions of zsh's completion system print what they are given; the real ones need a terminal.
    private const string Zsh = """
        _arguments() { print -rl -- "$@"; if [[ "$*" == *commands* ]]; then print -rl -- "${commands[@]%%:*}"; fi }
        file=$1; shift
        words=("$@") CURRENT=$#
        . $file
        """;

    private const string Fish = """source $argv[1]; complete -C $argv[2]""";

    private readonly string _home = Directory.CreateTempSubdirectory("plait-home-").FullName;

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Complete_EachShell_OffersWhatTheProgramKnows(string shell)
    {
        CommandLineWords words = await CommandLineWords.ReadAsync();

        Assert.Equal(Sorted(words.Commands), await CommandsAsync(shell));
        Assert.Equal(Sorted(words.Options), await OptionsAsync(shell, "plait"));
        foreach (string command in words.Commands)
        {
            Assert.Equal(Sorted(words.OptionsOf[command]), await OptionsAsync(shell, "plait", command));
        }
    }

    [Fact]
    public async Task Bash_AfterRoleAndFile_OffersBothSidesAndFiles()
    {
        File.WriteAllText(Path.Combine(_home, "my.plaitrc"), "");

        Assert.Equal(["client", "server"], await OffersAsync("bash", "plait", "--role", ""));
        Assert.Equal([Path.Combine(_home, "my.plaitrc")], await OffersAsync("bash", "plait", "check", "-f", Path.Combine(_home, "my")));
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    private async Task<string[]> CommandsAsync(string shell) =>
        Sorted((await OffersAsync(shell, "plait", "")).Select(offer => offer.Split('\t')[0]).Where(offer => Word().IsMatch(offer)));

    private async Task<string[]> OptionsAsync(string shell, params string[] before) => Sorted(
        (await OffersAsync(shell, [.. before, "-"])).Select(offer => OptionOf().Match(offer).Groups["option"].Value)
            .Where(option => option.Length > 0).Distinct());

    private async Task<IReadOnlyList<string>> OffersAsync(string shell, params string[] words)
    {
        string file = Path.Combine(PlaitProgram.RepositoryRoot, "eng", "debian", "completion", $"plait.{shell}");
        string[] arguments = shell switch
        {
            "bash" => ["--norc", "-c", Bash, "bash", file, .. words],
            "zsh" => ["-f", "-c", Zsh, "zsh", file, .. words],
            _ => ["--no-config", "-c", Fish, file, string.Join(' ', words)],
        };
        return await Tool.RunAsync(shell, arguments, new Dictionary<string, string?> { ["HOME"] = _home, ["XDG_CONFIG_HOME"] = _home });
    }

    private static string[] Sorted(IEnumerable<string> words) => [.. words.Order(StringComparer.Ordinal)];

    [GeneratedRegex("^[a-z]+(-[a-z]+)*$")]
    private static partial Regex Word();

    // After it stands a text: after a tab in fish, in brackets in zsh, where the options that it excludes stand before it.
    [GeneratedRegex(@"^(\([^)]*\)|\*)?(?<option>-[a-z?-]+)")]
    private static partial Regex OptionOf();
}
