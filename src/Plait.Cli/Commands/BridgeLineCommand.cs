using System.CommandLine;
using System.CommandLine.Invocation;
using Plait.Cli.BridgeLines;
using Plait.Cli.Tunnels;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Wire.Torrc;

namespace Plait.Cli.Commands;

/// <summary><c>plait bridge-line</c>: prints the lines of a bridge, and explains and mends those of others.</summary>
internal static class BridgeLineCommand
{
    internal static Command Create()
    {
        Option<string[]> explain = Texts("--explain", "Tells what a bridge line means hop by hop, and what is wrong with it: a line, a file of lines, or - for stdin");
        Option<string[]> fix = Texts("--fix", "Prints a bridge line with all mistakes mended that can be mended safely: as --explain");
        var image = new Option<string?>("--from-qr") { Description = "Reads the line from a QR code in a PNG file; with --explain or --fix", HelpName = "FILE" };
        var qr = new Option<bool>("--qr") { Description = "Draws each printed line as a QR code too" };
        var json = new Option<bool>("--json") { Description = "With --explain: prints one JSON object, for programs" };
        var addresses = new Option<string[]>("--address")
        {
            Description = "The public address of the bridge: ADDR or ADDR:PORT. May be repeated, as for IPv4 and IPv6. Default: where it listens, or that of this machine",
            HelpName = "ADDR[:PORT]",
        };
        var names = new Option<string[]>("--name") { Description = "The chain or tunnel. May be repeated. Default: all that were started", HelpName = "NAME" };
        var fingerprint = new Option<string?>("--fingerprint") { Description = "The fingerprint of the bridge. Default: that in tor's data directory", HelpName = "HEX" };
        var torrc = new Option<string?>("--torrc") { Description = "The torrc of the bridge, which names its data directory", HelpName = "FILE" };
        var file = new Option<string?>("--file", "-f") { Description = "The plaitrc: prints its chains only; with --explain, names its chains and profiles", HelpName = "FILE" };
        var state = new Option<string?>("--state")
        {
            Description = "The state directory. Default: that of plait serve, and /var/lib/tor/pt_state",
            HelpName = "DIR",
        };
        // A line after an option that takes none: --explain --json FILE.
        var more = new Argument<string[]>("LINE") { Arity = ArgumentArity.ZeroOrMore, Hidden = true };
        var command = new CommandWithExamples(
            "bridge-line", "Prints, explains and mends bridge lines",
            """
              sudo -u debian-tor plait bridge-line --address 203.0.113.5 \
                --address 2001:db8::5
              plait bridge-line --name vpn --qr
              plait bridge-line --explain 'obfs4 192.0.2.3:443 ...'
              plait bridge-line --fix bridges-from-mail.txt
              plait bridge-line --explain --from-qr screenshot.png
            """) { explain, fix, image, qr, json, addresses, names, fingerprint, torrc, file, state, more };
        command.SetAction(parsed =>
        {
            InvocationConfiguration streams = parsed.InvocationConfiguration;
            bool explains = parsed.GetResult(explain) is { Implicit: false }, fixes = parsed.GetResult(fix) is { Implicit: false };
            try
            {
                string? picture = parsed.GetValue(image);
                bool draws = parsed.GetValue(qr), programs = parsed.GetValue(json);
                if ((explains && fixes) || (programs && !explains) || (draws && explains))
                {
                    throw new LineException(ExitCode.Usage, explains && fixes ? "--explain and --fix exclude each other; keep one"
                        : programs ? "--json goes with --explain only" : "--qr draws lines that are printed; write --fix in place of --explain");
                }

                string[] rest = parsed.GetValue(more) ?? [];
                if (!explains && !fixes && rest.Length > 0)
                {
                    throw new LineException(ExitCode.Usage, "a bridge line, or a file of them, goes with --explain or --fix; write one of them before it");
                }

                if (!explains && !fixes && picture is null)
                {
                    var request = new LineRequest(
                        parsed.GetValue(file), parsed.GetValue(state), parsed.GetValue(torrc), parsed.GetValue(names) ?? [], parsed.GetValue(addresses) ?? [],
                        parsed.GetValue(fingerprint));
                    return (int)Print(streams, request, draws);
                }

                if (new Option[] { addresses, names, fingerprint, torrc, state }.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } stray)
                {
                    throw new LineException(ExitCode.Usage, $"{stray.Name} is for the lines of this machine, and goes with neither --explain nor --fix");
                }

                string text = LineInput.Read([.. parsed.GetValue(explains ? explain : fix) ?? [], .. rest], picture);
                LineReport report = LineReport.Of(text, Configuration(parsed.GetValue(file)));
                return (int)(explains ? Explain(streams, report, programs) : Fix(streams, report, draws));
            }
            catch (LineException e)
            {
                streams.Error.WriteLine($"plait: {e.Message}");
                return (int)e.Code;
            }
        });
        return command;
    }

    private static Option<string[]> Texts(string name, string description) => new(name)
    {
        Description = description, HelpName = "LINE", Arity = ArgumentArity.ZeroOrMore, AllowMultipleArgumentsPerToken = true, // a line without quotes
    };

    /// <summary>The plaitrc that is named, or the usual one if it is there and good.</summary>
    private static PlaitConfiguration? Configuration(string? named)
    {
        if (ConfigurationFile.TryLoad(named, out ConfigurationFile? file, out string? error))
        {
            return named is null || file.Result.Problems is not [var first, ..] ? file.Result.Configuration
                : throw new LineException(ExitCode.Configuration, first.ToString());
        }

        return named is null ? null : throw new LineException(ExitCode.NoInput, error);
    }

    private static ExitCode Print(InvocationConfiguration streams, LineRequest request, bool draws)
    {
        var errors = Screen.Of(streams.Error);
        foreach (BridgeLine line in LinePrinter.Lines(request, note => errors.Line(Colour.Yellow, "note:", note)))
        {
            Write(streams, line.Format(), draws);
        }

        return ExitCode.Success;
    }

    private static ExitCode Explain(InvocationConfiguration streams, LineReport report, bool programs)
    {
        if (programs)
        {
            streams.Output.WriteLine(LineJson.Of(report));
        }
        else
        {
            new LineText(Screen.Of(streams.Output)).Print(report);
        }

        return report.Verdict switch
        {
            BridgeLineVerdict.Good => ExitCode.Success,
            BridgeLineVerdict.Mended => ExitCode.Mendable,
            _ => ExitCode.Failure,
        };
    }

    private static ExitCode Fix(InvocationConfiguration streams, LineReport report, bool draws)
    {
        var errors = Screen.Of(streams.Error);
        foreach (ReadLine line in report.Lines)
        {
            string place = report.Lines.Count > 1 ? $"line {line.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)}, " : "";
            foreach (BridgeLineFinding finding in line.Reading.Findings)
            {
                errors.Line(finding.IsCorrected ? Colour.Yellow : Colour.Red, finding.IsCorrected ? "mended:" : "problem:", $"{place}{finding}");
            }

            if (line.Reading.Mended is { } mended)
            {
                Write(streams, mended, draws);
            }
        }

        return report.Verdict == BridgeLineVerdict.Bad ? ExitCode.Failure : ExitCode.Success;
    }

    private static void Write(InvocationConfiguration streams, string line, bool draws)
    {
        streams.Output.WriteLine(line);
        if (draws)
        {
            const string keyword = "Bridge ";
            string shown = line.StartsWith(keyword, StringComparison.OrdinalIgnoreCase) ? line[keyword.Length..] : line;
            streams.Output.Write(QrText.Draw(shown, streams.Output == Console.Out && !Console.IsOutputRedirected));
        }
    }
}
