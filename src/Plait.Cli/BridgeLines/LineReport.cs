using System.Globalization;
using Plait.Cli.Checking;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Wire.Torrc;

namespace Plait.Cli.BridgeLines;

/// <summary>A bridge line of a text, and what it means.</summary>
/// <param name="Number">The line of the text at which it begins.</param>
/// <param name="Reading">What it means, and what is wrong.</param>
internal sealed record ReadLine(int Number, BridgeLineReading Reading)
{
    public override string ToString() => $"line {Number}";
}

/// <summary>The bridge lines of a text.</summary>
/// <param name="Lines">Each of them.</param>
internal sealed record LineReport(IReadOnlyList<ReadLine> Lines)
{
    /// <summary>The worst of all lines.</summary>
    internal BridgeLineVerdict Verdict => Lines.Max(line => line.Reading.Verdict);

    /// <summary>Reads them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="configuration">A plaitrc, which may name chains and profiles; or null.</param>
    /// <exception cref="LineException">There are none.</exception>
    internal static LineReport Of(string text, PlaitConfiguration? configuration)
    {
        IReadOnlyList<PastedBridgeLine> pasted = BridgeLinePaste.Read(text);
        if (pasted.Count > BridgeLinePaste.MaxLines)
        {
            throw new LineException(ExitCode.NoInput, string.Create(
                CultureInfo.InvariantCulture, $"the text has more than {BridgeLinePaste.MaxLines} bridge lines; split it, and read the parts one after the other"));
        }

        return pasted.Count > 0
            ? new([.. pasted.Select(line => new ReadLine(line.Number, line.Read((name, arguments) =>
                (configuration is null ? null : BridgeCheck.ChainOf(configuration, name, arguments)) ?? BridgeLineChain.Known(name, arguments))))])
            : throw new LineException(ExitCode.Failure, string.IsNullOrWhiteSpace(text)
                ? "there is no text, and a bridge line was expected, such as obfs4 ADDRESS:PORT FINGERPRINT cert=... iat-mode=0"
                : "no line of the text is a bridge line, such as obfs4 ADDRESS:PORT FINGERPRINT cert=... iat-mode=0");
    }
}
