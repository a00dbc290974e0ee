using System.Globalization;
using System.Text;

namespace Plait.Wire.Hints;

/// <summary>Names characters that cannot be seen or look like others: by code point, frequent ones also in words.</summary>
public static class CharacterName
{
    private static readonly Dictionary<int, string> s_words = new()
    {
        [0x09] = "tab",
        [0x0A] = "line feed",
        [0x0D] = "carriage return",
        [0xA0] = "no-break space",
        [0xAD] = "soft hyphen",
        [0x200B] = "zero width space",
        [0x200C] = "zero width non-joiner",
        [0x200D] = "zero width joiner",
        [0x200E] = "left-to-right mark",
        [0x200F] = "right-to-left mark",
        [0x2010] = "hyphen",
        [0x2011] = "no-break hyphen",
        [0x2013] = "en dash",
        [0x2014] = "em dash",
        [0x2018] = "left quote",
        [0x2019] = "right quote",
        [0x201C] = "left double quote",
        [0x201D] = "right double quote",
        [0x202F] = "narrow no-break space",
        [0x2060] = "word joiner",
        [0x2212] = "minus sign",
        [0x3000] = "ideographic space",
        [0xFEFF] = "byte order mark",
        [0xFFFD] = "not UTF-8",
    };

    /// <summary>Names a character: "U+00A0 (no-break space)", or "U+0430" if it has no name in words.</summary>
    /// <param name="character">Any character.</param>
    public static string Of(Rune character)
    {
        string code = $"U+{character.Value.ToString("X4", CultureInfo.InvariantCulture)}";
        return s_words.TryGetValue(character.Value, out string? words) ? $"{code} ({words})"
            : character.Value is > ' ' and < 0x7F ? $"{code} ({character})"
            : code;
    }

    /// <summary>Names the character at an index of a text. Half a surrogate pair is named U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="index">An index of the text, from 0.</param>
    public static string At(string text, int index) => Of(RuneAt(text, index));

    /// <summary>
    /// Whether a character does not belong in an argument: a blank, a control character or an invisible one. tor ends an argument at ASCII
    /// blanks, so other blanks come from copying.
    /// </summary>
    /// <param name="character">Any character.</param>
    public static bool IsUnseen(Rune character) => Rune.GetUnicodeCategory(character) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator || character.Value == Rune.ReplacementChar.Value;

    /// <summary>The index of the first character that <see cref="IsUnseen"/> accepts, or -1.</summary>
    /// <param name="text">Any text.</param>
    public static int FirstUnseen(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is not (> ' ' and < '\x7F') && !char.IsLowSurrogate(text[i]) && IsUnseen(RuneAt(text, i)))
            {
                return i;
            }
        }

        return -1;
    }

    private static Rune RuneAt(string text, int index) => Rune.TryGetRuneAt(text, index, out Rune rune) ? rune : Rune.ReplacementChar;
}
