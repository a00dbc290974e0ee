using System.CommandLine;
using Plait.Cli.Checking;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Wire.Pt;

namespace Plait.Cli.Commands;

/// <summary>
/// <c>plait check</c>: reads the plaitrc, resolves its chains, looks for the programs, and says what each chain will be; bridge lines, a torrc,
/// and the programs themselves, if it is asked to. Every problem at once.
/// </summary>
internal static class CheckCommand
{
    private const string Stdin = "-";

    internal static Command Create()
    {
        var file = new Argument<string?>("FILE")
        {
            Description = $"The plaitrc. Default: the first that exists of {string.Join(", ", ConfigurationFile.UsualPlaces)}",
            Arity = ArgumentArity.ZeroOrOne,
        };
        file.Validators.Add(result =>
        {
            // The library takes an option that it does not know for the file.
            foreach (string word in result.Tokens.Select(token => token.Value).Where(word => word.StartsWith('-')).Take(1))
            {
                result.AddError($"'{word}' is not understood");
            }
        });
        var named = new Option<string?>("--file", "-f") { Description = "The same", HelpName = "FILE" };
        var chains = new Option<string[]>("--chain")
        {
            Description = "Also checks this name as tor would ask for it. May be repeated",
            HelpName = "NAME",
        };
        var bridges = new Option<string[]>("--bridge")
        {
            Description = "Checks a bridge line, in quotes: what each hop gets, and what looks wrong. May be repeated; - reads lines from stdin",
            HelpName = "LINE",
        };
        var torrc = new Option<string?>("--torrc")
        {
            Description = "Checks a torrc, with its bridge lines and the plaitrcs that its lines name",
            HelpName = "FILE",
        };
        var start = new Option<bool>("--start")
        {
            Description = "Starts every program, asks it for its transports and stops it. A bridge that runs is not disturbed",
        };
        var json = new Option<bool>("--json") { Description = "Prints one JSON object, for programs" };
        var command = new CommandWithExamples(
            "check", "Checks a plaitrc, bridge lines and a torrc",
            """
              plait check /etc/plait/plaitrc
              plait check --start
              plait check --torrc /etc/tor/torrc
              plait check --bridge 'Bridge obfs3_obfs4 ...'
              plait check --bridge - <bridge-lines.txt
            """) { file, named, chains, bridges, torrc, start, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            string? path = parsed.GetValue(named);
            string? other = parsed.GetValue(file);
            var request = new CheckRequest(path ?? other, parsed.GetValue(chains) ?? [], [], parsed.GetValue(torrc), parsed.GetValue(start));
            InvocationConfiguration streams = parsed.InvocationConfiguration;
            return path is not null && other is not null
                ? Task.FromResult(Refuse(
                    streams, StrayBridgeLine.IsLikely(other) ? StrayBridgeLine.Advice : $"'{other}' is a second file; a chain is named with --chain {other}", ExitCode.Failure))
                : RunAsync(streams, request, parsed.GetValue(bridges) ?? [], parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        InvocationConfiguration streams, CheckRequest request, string[] bridges, bool json, CancellationToken cancellationToken)
    {
        var errors = Screen.Of(streams.Error);
        try
        {
            if (request.Start && errors.IsTerminal)
            {
                errors.Line("starting the programs; one that says nothing is given up after its StartTimeout, 20 seconds by default");
            }

            CheckReport report = await CheckRun.RunAsync(request with { Bridges = BridgeLines(bridges) }, cancellationToken);
            if (json)
            {
                streams.Output.WriteLine(CheckJson.Of(report));
            }
            else
            {
                new CheckText(Screen.Of(streams.Output), errors).Print(report);
            }

            return (int)(report.Problems == 0 ? ExitCode.Success : ExitCode.Failure);
        }
        catch (NoInputException e)
        {
            string chain = request.File is { } name && TransportName.IsValid(name) && !Path.Exists(name) ? $"; a chain is named with --chain {name}" : "";
            return Refuse(streams, e.Message + chain, ExitCode.NoInput);
        }
        catch (OperationCanceledException)
        {
            return Refuse(streams, "stopped", ExitCode.Failure);
        }
    }

    private static int Refuse(InvocationConfiguration streams, string why, ExitCode code)
    {
        streams.Error.WriteLine($"plait: {why}");
        return (int)code;
    }

    /// <summary>The lines that were given, those of stdin in the place of <c>-</c>: without empty ones and comments.</summary>
    /// <exception cref="NoInputException">stdin cannot be read.</exception>
    private static List<WrittenBridge> BridgeLines(string[] given)
    {
        var lines = new List<WrittenBridge>();
        for (int i = 0; i < given.Length; i++)
        {
            if (given[i] != Stdin)
            {
                lines.Add(new(new(Finding.BridgeOption, i + 1), given[i]));
                continue;
            }

            lines.AddRange(
                from line in ReadStdin().Split('\n').Index()
                where !string.IsNullOrWhiteSpace(line.Item) && !line.Item.TrimStart().StartsWith('#')
                select new WrittenBridge(new("stdin", line.Index + 1), line.Item));
        }

        return lines;
    }

    private static string ReadStdin()
    {
        try
        {
            using Stream stdin = Console.OpenStandardInput();
            return BoundedFile.Read(stdin) ?? throw new NoInputException("stdin has more than 1 MiB, and bridge lines were expected there");
        }
        catch (IOException e)
        {
            throw new NoInputException($"stdin cannot be read: {e.Message}");
        }
    }
}
