using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;

namespace Plait.Cli.Commands;

/// <summary><c>plait demo</c>: a client and a bridge side on loopback, joined by a real chain.</summary>
internal static class DemoCommand
{
    internal static Command Create()
    {
        var chain = new Option<string?>("--chain")
        {
            Description = "The chain, hop nearest to tor first, or the name of one. Default: obfs3|obfs4 if there is an obfs4, else obfs3; with -f the first that the file declares for both sides",
            HelpName = "A|B",
        };
        var file = new Option<string?>("--file", "-f")
        {
            Description = "A plaitrc that declares the transports for both sides. Default: the transports of Plait itself, and the others of obfs4proxy if that is installed",
            HelpName = "FILE",
        };
        var size = new Option<int>("--size")
        {
            Description = "MiB to send each way: 1 to 65536",
            HelpName = "MIB",
            DefaultValueFactory = _ => 16,
        };
        size.Validators.Add(result => Within(result, "--size", "MiB", 65536));
        var seconds = new Option<int?>("--seconds")
        {
            Description = "Sends for so long instead of an amount: 1 to 3600",
            HelpName = "SECONDS",
        };
        seconds.Validators.Add(result => Within(result, "--seconds", "seconds", 3600));
        var events = new Option<string?>("--event-log")
        {
            Description = "Writes what happens on both sides to this file, one JSON object a line",
            HelpName = "FILE",
        };
        var command = new CommandWithExamples(
            "demo", "Joins a client and a bridge on loopback, and sends data",
            """
              plait demo
              plait demo --chain 'obfs3|obfs4' --size 64
              plait demo -f my.plaitrc --seconds 10
            """)
        {
            chain, file, size, seconds, events,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new(parsed.GetValue(chain), parsed.GetValue(file), parsed.GetValue(size),
                parsed.GetValue(seconds) is { } duration ? TimeSpan.FromSeconds(duration) : null),
            parsed.GetValue(events), cancellationToken));
        return command;
    }

    private static void Within(OptionResult result, string option, string unit, int most)
    {
        if (result.Tokens is not [{ Value: var text }])
        {
            return; // not given
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value < 1 || value > most)
        {
            result.AddError($"{option} takes a number of {unit} from 1 to {most}, and not '{text}'");
        }
    }

    private static async Task<int> RunAsync(DemoRequest request, string? events, CancellationToken cancellationToken)
    {
        EventLog? log = null;
        try
        {
            log = events is null ? null : EventLog.Open(events);
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"plait: {e.Message}");
            return 1;
        }

        int code = await RunAsync(request, log, cancellationToken);
        if (log is not null)
        {
            await log.DisposeAsync();
            if (log.Problem is { } problem)
            {
                Console.Error.WriteLine($"plait: {problem}");
            }
        }

        return code;
    }

    private static async Task<int> RunAsync(DemoRequest request, EventLog? log, CancellationToken cancellationToken)
    {
        try
        {
            DemoResult result = await Demo.RunAsync(request, log, cancellationToken);
            DemoPicture.Draw(result);
            return 0;
        }
        catch (DemoException e)
        {
            Console.Error.WriteLine($"plait: {e.Message}");
        }
        catch (ChainException e)
        {
            Console.Error.WriteLine($"plait: {e.Failure}");
            return FailureWords.ExitCodeOf(e.Failure.Cause);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("plait: stopped");
        }

        return 1;
    }
}
