using System.Text.RegularExpressions;
using Plait.Cli.Managed;
using Plait.SystemTests.Program;

namespace Plait.SystemTests.Packaging;

/// <summary>The words that the published program knows, as its help and its messages name them.</summary>
/// <param name="Commands">Its commands.</param>
/// <param name="Options">Its own options and those of a torrc line.</param>
/// <param name="OptionsOf">The options of each command.</param>
internal sealed partial record CommandLineWords(
    IReadOnlyList<string> Commands, IReadOnlyList<string> Options, IReadOnlyDictionary<string, IReadOnlyList<string>> OptionsOf)
{
    // Under tor there is no help.
    private static readonly Dictionary<string, string?> s_environment = new()
    {
        ["TOR_PT_MANAGED_TRANSPORT_VER"] = null,
        ["TOR_PT_CLIENT_TRANSPORTS"] = null,
        ["TOR_PT_SERVER_TRANSPORTS"] = null,
    };

    /// <summary>All of them.</summary>
    public IEnumerable<string> All => Commands.Concat(Options).Concat(OptionsOf.Values.SelectMany(options => options)).Distinct();

    /// <summary>Asks the program.</summary>
    public static async Task<CommandLineWords> ReadAsync()
    {
        IReadOnlyList<string> help = await HelpAsync("--help");
        string[] commands =
        [
            .. help.SkipWhile(line => line != "Commands:").Skip(1).TakeWhile(line => line.Length > 0).Select(line => line.Trim().Split(' ')[0]),
        ];
        Assert.NotEmpty(commands);
        var options = new Dictionary<string, IReadOnlyList<string>>();
        foreach (string command in commands)
        {
            options[command] = OptionsIn(await HelpAsync(command, "--help"));
        }

        // A torrc line's options, from the message about a word that it may not have. That message names the short form only.
        const string longForm = "--file";
        Assert.Null(ManagedArguments.Parse([longForm, "plaitrc"]).Error);
        return new(commands, OptionsIn([.. help, ManagedArguments.Parse(["word"]).Error!, longForm]), options);
    }

    private static async Task<IReadOnlyList<string>> HelpAsync(params string[] words)
    {
        ProgramResult result = await PublishedProgram.RunAsync(words, s_environment);
        Assert.Equal(0, result.Code);
        return [.. result.Output.TakeWhile(line => line != "Examples:")]; // examples show options of other commands and programs
    }

    private static string[] OptionsIn(IEnumerable<string> lines) =>
        [.. lines.SelectMany(line => Option().Matches(line).Select(match => match.Value)).Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"(?<![\w/-])(--[a-z][a-z-]*|-[a-z?])(?![\w-])")]
    private static partial Regex Option();
}
