using System.Globalization;
using System.Text.RegularExpressions;

namespace Plait.Tests.Support;

/// <summary>Lone surrogates in test data: attributes are stored as UTF-8, which has none. <c>&lt;DCFF&gt;</c> stands for U+DCFF.</summary>
internal static partial class Surrogates
{
    /// <summary>The text with the surrogates that it names.</summary>
    internal static string In(string text) => Name().Replace(
        text, match => ((char)int.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());

    [GeneratedRegex("<(D[89A-F][0-9A-F]{2})>")]
    private static partial Regex Name();
}
