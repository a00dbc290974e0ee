using Plait.Fuzz.Engine;
using Plait.Wire.Torrc;

namespace Plait.Fuzz.Wire;

/// <summary>A torrc.</summary>
internal sealed class TorrcTarget : FuzzTarget
{
    internal override string Name => "torrc";

    internal override string Invariant => "lines come in their order, with words that have no blank; what follows a whole file does not change it";

    internal override IReadOnlyList<string> Tokens { get; } =
        ["Bridge ", "UseBridges 1", "%include ", "#", "\\", "\\\n", "\\\r\n", "\"", "\n", "\r\n", " ", "\t", "+", "\\x41", "\\101", "\x00"];

    internal override string Run(byte[] input)
    {
        string text = Text.Of(input);
        IReadOnlyList<TorrcLine> lines = TorrcReader.Read(text);
        int before = 0;
        foreach (TorrcLine line in lines)
        {
            Check.That(line.Number >= Math.Max(before, 1) && line.Number <= text.Count(letter => letter == '\n') + 1, "lines of the file, in order");
            Check.That(!line.Keyword.Any(char.IsWhiteSpace) || line.Keyword.Any(letter => letter > '\x7F'), "a keyword without blanks");
            Check.That(line.Words.All(word => word.Length > 0 && !word.Contains(' ', StringComparison.Ordinal)), "words without blanks");
            before = line.Number;
        }

        // Unless its last line goes on in what follows.
        IReadOnlyList<TorrcLine> more = TorrcReader.Read(text + "\n\n\nUseBridges 1\n");
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            Check.That(more.Count == lines.Count + 1 && more.SkipLast(1).SequenceEqual(lines), "the same lines and one more");
        }

        return Behaviour.Of(lines.Count, string.Join(',', lines.Select(line => line.Fault).Distinct()), lines.Any(line => line.Value.Contains('\n', StringComparison.Ordinal)));
    }
}
