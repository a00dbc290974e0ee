using System.CommandLine;
using System.CommandLine.Help;

namespace Plait.Cli.Commands;

/// <summary>What a person can ask for.</summary>
internal static class CommandLine
{
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
              ClientTransportPlugin obfs3_obfs4 exec /usr/local/bin/plait [--role client] [-f PLAITRC]
              ServerTransportPlugin obfs3_obfs4 exec /usr/local/bin/plait [--role server] [-f PLAITRC]

            By hand:
            """)
        {
            new HelpOption(),
            new VersionOption(),
            CheckCommand.Create(),
            DemoCommand.Create(),
        };
        ParseResult parsed = root.Parse(words.Length == 0 ? ["--help"] : words);
        int code = await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false });
        return words.Length == 0 ? 1 : code;
    }
}
