using Plait.Fuzz.Engine;
using Plait.Wire.Arguments;

namespace Plait.Fuzz.Wire;

/// <summary>Escaped fields, read one after the other. The first line holds the characters that end a field.</summary>
internal sealed class EscapesTarget : FuzzTarget
{
    internal override string Name => "escapes";

    internal override string Invariant =>
        "a field ends where an unescaped end character stands; escaped again it is read as the same; each field is taken once";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        ";\n", ":=;\n", "\n", "\\", "\\\\", "\\;", "\\=", ";", "=", ":", "a", "\xc3\xa9"
    ];

    internal override string Run(byte[] input)
    {
        (string ends, string text) = Text.SplitLine(Text.Of(input));
        if (ends.Length is 0 or > 8 || ends.Contains('\\', StringComparison.Ordinal))
        {
            return "";
        }

        var reader = new EscapedReader(text);
        int fields = 0;
        int length = 0;
        while (true)
        {
            if (!reader.TryReadField(out string field, out string? error, ends))
            {
                Check.That(
                    field.Length == 0 && error is not null && text.EndsWith('\\'), "only a lone backslash at the end is wrong");
                return Behaviour.Of("lone backslash", fields);
            }

            fields++;
            length += field.Length;
            CheckAgain(field, ends);
            if (!TakeAny(ref reader, ends))
            {
                break;
            }

            length++;
        }

        Check.That(length <= text.Length, "no character is taken twice");
        return Behaviour.Of(fields, length == text.Length);
    }

    private static bool TakeAny(ref EscapedReader reader, string ends)
    {
        foreach (char end in ends)
        {
            if (reader.TryTake(end))
            {
                return true;
            }
        }

        return false;
    }

    private static void CheckAgain(string field, string ends)
    {
        string escaped = new System.Text.StringBuilder().AppendEscaped(field, ends + '\\').ToString();
        var reader = new EscapedReader(escaped + ends[0] + "rest");
        Check.That(reader.TryReadField(out string again, out _, ends) && again == field, "escaped again it is read as the same");
        Check.That(reader.TryTake(ends[0]), "and ends where it should");
    }
}
