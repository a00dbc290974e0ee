using System.Globalization;
using System.Text;

namespace Plait.Wire.Torrc;

/// <summary>The names and numbers by which HTML writes characters that a bridge line has.</summary>
internal static class HtmlEntity
{
    /// <summary>The longest form that is read, with <c>&amp;</c> and <c>;</c>.</summary>
    internal const int MaxLength = 10;

    private static readonly Dictionary<string, char> s_names = new(StringComparer.Ordinal)
    {
        ["amp"] = '&', ["lt"] = '<', ["gt"] = '>', ["quot"] = '"', ["apos"] = '\'', ["nbsp"] = '\u00A0', ["plus"] = '+', ["equals"] = '=',
        ["sol"] = '/', ["colon"] = ':', ["period"] = '.', ["lsqb"] = '[', ["rsqb"] = ']', ["lowbar"] = '_', ["ensp"] = '\u2002', ["emsp"] = '\u2003',
        ["thinsp"] = '\u2009', ["zwnj"] = '\u200C', ["zwj"] = '\u200D', ["shy"] = '\u00AD', ["ndash"] = '\u2013', ["mdash"] = '\u2014',
        ["ldquo"] = '\u201C', ["rdquo"] = '\u201D', ["lsquo"] = '\u2018', ["rsquo"] = '\u2019',
    };

    /// <summary>Reads what stands between <c>&amp;</c> and <c>;</c>.</summary>
    /// <returns>The character, or null if it is none of those.</returns>
    internal static Rune? Read(string name) => name switch
    {
        ['#', 'x' or 'X', .. var hex] => uint.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code) ? Of(code) : null,
        ['#', .. var digits] => uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out uint code) ? Of(code) : null,
        _ => s_names.TryGetValue(name, out char character) ? new Rune(character) : null,
    };

    private static Rune? Of(uint code) => Rune.IsValid(code) ? new Rune(code) : null;
}
