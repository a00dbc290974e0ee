using Plait.Diagnostics.Failures;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.BadInput;

/// <summary>One run of the published program that is expected to end by itself.</summary>
/// <param name="ExitCode">0 if all was well.</param>
/// <param name="Output">The lines of stdout.</param>
/// <param name="Errors">The lines of stderr.</param>
internal sealed record PlaitUse(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    // What a tor or a person above us may have set.
    private static readonly string[] Inherited =
    [
        "TOR_PT_MANAGED_TRANSPORT_VER", "TOR_PT_STATE_LOCATION", "TOR_PT_EXIT_ON_STDIN_CLOSE", "TOR_PT_CLIENT_TRANSPORTS",
        "TOR_PT_SERVER_TRANSPORTS", "TOR_PT_SERVER_BINDADDR", "TOR_PT_SERVER_TRANSPORT_OPTIONS", "TOR_PT_ORPORT",
        "TOR_PT_EXTENDED_SERVER_PORT", "TOR_PT_AUTH_COOKIE_FILE", "TOR_PT_PROXY", "TOR_PT_OUTBOUND_BIND_ADDRESS_V4",
        "TOR_PT_OUTBOUND_BIND_ADDRESS_V6",
    ];

    /// <summary>Runs <c>plait</c> with these words, and with nothing of <c>TOR_PT_*</c> but what is given.</summary>
    public static async Task<PlaitUse> RunAsync(string[] words, IReadOnlyDictionary<string, string?>? variables = null)
    {
        Dictionary<string, string?> environment = Inherited.ToDictionary(name => name, _ => (string?)null);
        foreach ((string name, string? value) in variables ?? new Dictionary<string, string?>())
        {
            environment[name] = value;
        }

        await using RunningProgram program = RunningProgram.Start(PlaitProgram.Path, words, environment);
        int code = await program.WaitForExitAsync();
        await program.StreamsEnded.Within("the end of the program's streams");
        var use = new PlaitUse(code, program.Lines.Snapshot(), program.ErrorLines.Snapshot());
        CleanOutput.AssertNoTrace(use.Output.Concat(use.Errors));
        return use;
    }

    /// <summary>As tor runs it. It gives up for now (R14): each name gets the same reason, then DONE, and a person gets it too.</summary>
    /// <param name="words">What the torrc line says after the path.</param>
    /// <param name="variables">The environment that tor sets.</param>
    /// <param name="names">What tor asks for.</param>
    /// <returns>The exit code, and the reason.</returns>
    public static async Task<(int ExitCode, string Reason)> GivingUpAsync(
        string[] words, IReadOnlyDictionary<string, string?> variables, params string[] names)
    {
        PlaitUse use = await RunAsync(words, variables);
        CleanOutput.AssertUnderTor(use.Output, use.Errors);
        string keyword = variables.GetValueOrDefault("TOR_PT_SERVER_TRANSPORTS") is null ? "CMETHOD" : "SMETHOD";
        string reason = Assert.Single(use.Errors)["plait: ".Length..];
        Assert.Equal(
            ["VERSION 1", .. names.Select(name => $"{keyword}-ERROR {name} {reason}"), $"{keyword}S DONE"],
            use.Output.Where(line => !line.StartsWith("LOG ", StringComparison.Ordinal)));
        return (use.ExitCode, reason);
    }

    /// <summary>As tor runs it. It refuses: one error line for tor, the same for a person, and a failure.</summary>
    /// <param name="words">What the torrc line says after the path.</param>
    /// <param name="variables">The environment that tor sets.</param>
    /// <param name="before">What stands in front of the error line.</param>
    /// <returns>The error line.</returns>
    public static async Task<string> RefusalAsync(
        string[] words, IReadOnlyDictionary<string, string?> variables, params string[] before)
    {
        PlaitUse use = await RunAsync(words, variables);
        Assert.InRange(use.ExitCode, 64, 78); // docs/exit-codes.md
        CleanOutput.AssertUnderTor(use.Output, use.Errors);
        Assert.Equal(before, use.Output.SkipLast(1));
        Assert.Equal([$"plait: {use.Output[^1]}"], use.Errors);
        return use.Output[^1];
    }
}
