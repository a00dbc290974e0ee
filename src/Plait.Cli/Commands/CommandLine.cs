using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Plait.Wire.Pt;

namespace Plait.Cli.Commands;

/// <summary>What a person can ask for.</summary>
internal static class CommandLine
{
    private const int Failure = 1;

    /// <summary>Parses the words and runs the command.</summary>
    /// <returns>The exit code: 0 if all went well.</returns>
    internal static async Task<int> RunAsync(string[] words)
    {
        // Not RootCommand: it takes its name from the assembly, which nobody types.
        var root = new Command(
            "plait",
            """
            Plait runs a chain of pluggable transports as one: obfs3|obfs4 becomes one transport to tor.

            Under tor it is started by a torrc line and speaks pt-spec on stdin and stdout:
              ClientTransportPlugin obfs3_obfs4 exec /usr/local/bin/plait [--role client] [-f PLAITRC] [--event-log FILE]
              ServerTransportPlugin obfs3_obfs4 exec /usr/local/bin/plait [--role server] [-f PLAITRC] [--event-log FILE]

            By hand:
            """)
        {
            new HelpOption(),
            new VersionOption { Action = new PrintVersion() },
            CheckCommand.Create(),
            DemoCommand.Create(),
        };
        if (words is [] or ["-f" or "--file" or "--event-log", ..])
        {
            // A torrc line, and no tor (E4): nothing on stdout.
            await root.Parse(["--help"]).InvokeAsync(new() { Output = Console.Error });
            return Failure;
        }

        ParseResult parsed = root.Parse(words);
        return parsed.Action is ParseErrorAction
            ? Refuse(root, parsed)
            : await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false });
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(ProductVersion.Whole);
            return 0;
        }
    }

    /// <summary>Says what is wrong in one line, where the library would print its whole help.</summary>
    private static int Refuse(Command root, ParseResult parsed)
    {
        bool command = parsed.CommandResult.Command == root;
        string error = parsed.UnmatchedTokens is [var word, ..]
            ? $"'{word}' is not {(command ? "a command" : "understood")}{Suggestion(command ? root : null, word)}"
            : parsed.Errors[0].Message.TrimEnd('.');
        Console.Error.WriteLine($"plait: {error}; '{(command ? "" : "plait ")}{parsed.CommandResult.Command.Name} --help' tells more");
        return Failure;
    }

    private static string Suggestion(Command? root, string word) =>
        ClosestWord.Find(word, root?.Subcommands.Select(command => command.Name) ?? []) is { Count: > 0 } closest
            ? $" (did you mean {string.Join(" or ", closest)}?)"
            : "";
}
