using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Wire.Hints;

namespace Plait.Cli.Commands;

/// <summary>What a person can ask for.</summary>
internal static class CommandLine
{
    private const int Failure = 1;

    /// <summary>Parses the words and runs the command.</summary>
    /// <returns>The exit code: 0 if all went well.</returns>
    internal static async Task<int> RunAsync(string[] words)
    {
        // Not RootCommand: it takes its name from the assembly, which is not the command.
        var root = new CommandWithExamples(
            "plait",
            """
            Plait runs a chain of pluggable transports as one: obfs3|obfs4 becomes one
            transport to tor.

            tor starts it by a line of its torrc, and speaks pt-spec with it:
              ClientTransportPlugin NAME exec /usr/bin/plait [-f PLAITRC]
              ServerTransportPlugin NAME exec /usr/bin/plait [-f PLAITRC]
            Such a line may also say --role client|server and --event-log FILE.

            Shadowsocks starts it as a plugin, with plugin_opts such as
              server;chain=obfs3|obfs4

            By hand:
            """,
            """
              plait demo
              plait check /etc/plait/plaitrc
              plait serve --chain 'obfs3|obfs4' --listen 0.0.0.0:443 \
                --forward 127.0.0.1:1194
              plait connect --bridge 'LINE' --listen 127.0.0.1:5000
              plait bridge-line --explain 'LINE'
              plait help check
            """);
        root.Add(Help.Option());
        root.Add(new VersionOption { Action = new PrintVersion() });
        root.Add(CheckCommand.Create());
        root.Add(DemoCommand.Create());
        root.Add(TunnelCommands.Connect());
        root.Add(TunnelCommands.Serve());
        root.Add(BridgeLineCommand.Create());
        root.Add(Help.Command(name => ShowHelpAsync(root, name)));
        if (words is [] or ["-f" or "--file" or "--event-log", ..])
        {
            // A torrc line, and no tor (E4): nothing on stdout.
            await root.Parse(["--help"]).InvokeAsync(new() { Output = Console.Error });
            return Failure;
        }

        ParseResult parsed = root.Parse(words);
        if (parsed.Action is ParseErrorAction)
        {
            return Refuse(root, parsed);
        }

        // A terminal that closes ends a command as SIGINT and SIGTERM do, which the library handles. Each waits for programs to end.
        using var hungUp = new CancellationTokenSource();
        using var registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            hungUp.Cancel();
        });
        bool drains = parsed.CommandResult.Command.Name is "connect" or "serve"; // they take SIGINT and SIGTERM themselves
        return await parsed.InvokeAsync(
            new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = drains ? null : new Limits().EndingTimeout }, hungUp.Token);
    }

    private static Task<int> ShowHelpAsync(Command root, string? name)
    {
        if (name is null || root.Subcommands.Any(command => command.Name == name))
        {
            return root.Parse([.. name is null ? [] : new[] { name }, "--help"]).InvokeAsync();
        }

        Console.Error.WriteLine($"plait: '{name}' is not a command{Suggestion(root, name)}; 'plait --help' tells more");
        return Task.FromResult(Failure);
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
        string error = parsed.UnmatchedTokens.Any(StrayBridgeLine.IsLikely) ? StrayBridgeLine.Advice
            : parsed.UnmatchedTokens is [var word, ..]
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
