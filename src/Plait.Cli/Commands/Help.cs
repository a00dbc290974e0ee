using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Plait.Cli.Commands;

/// <summary>A command with examples to copy, which stand at the end of its help.</summary>
/// <param name="name">As it is typed.</param>
/// <param name="description">What it does, in a line.</param>
/// <param name="examples">Lines, each a whole command or what it does.</param>
internal sealed class CommandWithExamples(string name, string description, string examples) : Command(name, description)
{
    internal string Examples => examples;
}

/// <summary>Help as the library writes it, in the columns of the terminal, followed by the examples of the command.</summary>
internal sealed class Help : SynchronousCommandLineAction
{
    private readonly HelpAction _library;

    private Help(HelpAction library)
    {
        _library = library;
        _library.MaxWidth = Screen.HelpWidth;
    }

    public override bool ClearsParseErrors => true;

    /// <summary>The option <c>--help</c>.</summary>
    internal static HelpOption Option()
    {
        var option = new HelpOption();
        option.Action = new Help((HelpAction)option.Action!);
        return option;
    }

    /// <summary>The command <c>help</c>.</summary>
    /// <param name="show">Shows the help of a command, or of the program.</param>
    internal static Command Command(Func<string?, Task<int>> show)
    {
        var name = new Argument<string?>("COMMAND") { Description = "The command. Default: plait itself", Arity = ArgumentArity.ZeroOrOne };
        var command = new CommandWithExamples(
            "help", "Shows the help of a command",
            """
              plait help check
            """) { name };
        command.SetAction((parsed, _) => show(parsed.GetValue(name)));
        return command;
    }

    public override int Invoke(ParseResult parseResult)
    {
        int code = _library.Invoke(parseResult);
        if (parseResult.CommandResult.Command is CommandWithExamples { Examples: var examples })
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            output.WriteLine(examples);
            output.WriteLine();
        }

        return code;
    }
}
