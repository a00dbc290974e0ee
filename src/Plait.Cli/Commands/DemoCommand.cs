using System.CommandLine;
using Plait.Diagnostics;
using Plait.Hosting;

namespace Plait.Cli.Commands;

/// <summary><c>plait demo</c>: a client and a bridge side on loopback, joined by a real chain.</summary>
internal static class DemoCommand
{
    internal static Command Create()
    {
        var chain = new Option<string?>("--chain")
        {
            Description = "The chain, hop nearest to tor first, of obfs2, obfs3, obfs4 (with obfs4proxy), b64 and dummy. Default: obfs3|obfs4 where obfs4proxy is installed, else b64",
            HelpName = "A|B",
        };
        var events = new Option<string?>("--event-log")
        {
            Description = "Writes what happens on both sides to this file, one JSON object a line",
            HelpName = "FILE",
        };
        var command = new Command("demo", "Joins a client and a bridge on loopback by a chain, sends 16 MiB both ways, and draws the chain") { chain, events };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(chain), parsed.GetValue(events), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string? chain, string? events, CancellationToken cancellationToken)
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

        int code = await RunAsync(chain, log, cancellationToken);
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

    private static async Task<int> RunAsync(string? chain, EventLog? log, CancellationToken cancellationToken)
    {
        try
        {
            DemoResult result = await Demo.RunAsync(chain, log, cancellationToken);
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
