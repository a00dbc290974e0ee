using System.Text;
using Plait.Fuzz.Engine;
using Plait.Wire.Pt.Messages;

namespace Plait.Fuzz.Wire;

/// <summary>A child's output on its way to lines. The first byte is the longest line.</summary>
internal sealed class LineAssemblerTarget : FuzzTarget
{
    internal override string Name => "line-assembler";

    internal override string Invariant =>
        "the lines of the input, long ones cut and marked, whatever the pieces it comes in; never more than two lines' worth "
        + "held";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "\n", "\r\n", "\r", "\r\r\n", "VERSION 1\n", "\x00", "\xc3", "\xa9", "\x01", "\x10", "aaaaaaaaaaaaaaaa"
    ];

    internal override string Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return "";
        }

        int most = Math.Max(1, (int)input[0]);
        byte[] bytes = input[1..];
        (List<(string Text, bool Truncated)> expected, string? rest) = Split(bytes, most);
        foreach (Func<int> cut in Cuts.Of(bytes))
        {
            var assembler = new LineAssembler(most);
            List<(string Text, bool Truncated)> lines = Assemble(assembler, bytes, cut, most);
            Check.That(lines.SequenceEqual(expected), "the lines of the input, whatever its pieces");
            string? remainder = assembler.TryReadRemainder(out string? found) ? found : null;
            Check.Equal(rest, remainder, "the unfinished line");
            Check.That(!assembler.TryReadRemainder(out _) && !assembler.TryRead(out _, out _), "what was read is gone");
        }

        return Behaviour.Of(expected.Count, expected.Exists(line => line.Truncated), rest is null, most);
    }

    private static List<(string Text, bool Truncated)> Assemble(
        LineAssembler assembler, ReadOnlySpan<byte> bytes, Func<int> cut, int most)
    {
        List<(string Text, bool Truncated)> lines = [];
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> piece = bytes[..Math.Min(bytes.Length, cut())];
            int taken = assembler.Append(piece);
            Check.That(taken > 0 && taken <= piece.Length, "something is taken when all lines are read");
            Check.That(piece.Length > most || taken == piece.Length, "a piece no longer than a line is taken whole");
            bytes = bytes[taken..];
            while (assembler.TryRead(out string? line, out bool truncated))
            {
                lines.Add((line, truncated));
            }
        }

        return lines;
    }

    private static (List<(string Text, bool Truncated)> Lines, string? Unfinished) Split(ReadOnlySpan<byte> bytes, int most)
    {
        List<(string Text, bool Truncated)> lines = [];
        int end;
        while ((end = bytes.IndexOf((byte)'\n')) >= 0)
        {
            ReadOnlySpan<byte> line = bytes[..end];
            bytes = bytes[(end + 1)..];
            bool truncated = line.Length > most;
            line = truncated ? line[..most] : line;
            line = !truncated && line is [.., (byte)'\r'] ? line[..^1] : line;
            lines.Add((Encoding.UTF8.GetString(line), truncated));
        }

        return (lines, bytes.IsEmpty ? null : Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, most)]));
    }
}
