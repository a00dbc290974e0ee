using System.Globalization;
using System.Text;
using Plait.Fuzz.Engine;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Messages;

namespace Plait.Fuzz.Wire;

/// <summary>The key=value text of LOG and STATUS.</summary>
internal sealed class KeyValueLineTarget : FuzzTarget
{
    internal override string Name => "key-value-line";

    internal override string Invariant =>
        "what is read, written with every escape there is, is read back as the same; keys hold no blank and no '='; an error "
        + "is one line and quotes no value";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "SEVERITY=warning ", "MESSAGE=", "TRANSPORT=obfs4 ", "k=\"v\" ", "\"", "\\\"", "\\\\", "\\n", "\\r", "\\t", "\\'", "\\0",
        "\\101", "\\400", "\\x4", "\\x41", "\\q", "=", " ", "\t", "\x0b", "\r", "\n", "\xc3\xa9", "\\303\\251", "\x00"
    ];

    internal override string Run(byte[] input)
    {
        string text = Text.Of(input);
        if (!KeyValueLine.TryParse(text, out List<PtArgument> pairs, out string? error))
        {
            Check.OneLine(error, "an error");
            return Behaviour.Words(error.StartsWith("the value of", StringComparison.Ordinal) ? "value" : error);
        }

        Check.That(
            pairs.TrueForAll(pair => pair.Key.Length > 0 && !pair.Key.AsSpan().ContainsAny("= \t\r\v\n")),
            "a key is a word without '='");
        string written = string.Join(' ', pairs.Select(pair => $"{pair.Key}=\"{Escape(pair.Value)}\""));
        // Unquoted it can stand, quoted it cannot (M44).
        bool hasNul = pairs.Exists(pair => pair.Value.Contains('\0', StringComparison.Ordinal));
        bool again = KeyValueLine.TryParse(written, out List<PtArgument> read, out _);
        Check.That(hasNul || (again && read.SequenceEqual(pairs)), "written with escapes it is read back as the same");
        return Behaviour.Of(
            pairs.Count, $"{text.Contains('"', StringComparison.Ordinal)}", $"{text.Contains('\\',
            StringComparison.Ordinal)}", $"{hasNul}");
    }

    /// <summary>Every byte escaped, in turn by name, in octal and in hex.</summary>
    private static string Escape(string value)
    {
        var text = new StringBuilder();
        int turn = 0;
        foreach (byte b in Encoding.UTF8.GetBytes(value))
        {
            text.Append((turn++ % 3) switch
            {
                0 when b is (byte)'"' or (byte)'\\' => $"\\{(char)b}",
                1 => string.Create(CultureInfo.InvariantCulture, $"\\x{b:x2}"),
                _ => $"\\{Convert.ToString(b, 8).PadLeft(3, '0')}",
            });
        }

        return text.ToString();
    }
}
