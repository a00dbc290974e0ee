using System.Globalization;
using System.Text;

namespace Plait.Fuzz.Engine;

/// <summary>Makes of what happened a word that few inputs share and no input has to itself.</summary>
internal static class Behaviour
{
    /// <summary>The parts joined: numbers by their <see cref="Size"/>, everything else as it is.</summary>
    internal static string Of(params IEnumerable<object?> parts) =>
        string.Join('|', parts.Select(part => part is int number ? Size(number) : part?.ToString() ?? "-"));

    /// <summary>A message with each number replaced by one sign: where it happened is not what happened.</summary>
    internal static string Words(string? message)
    {
        var text = new StringBuilder();
        foreach (char c in message ?? "-")
        {
            bool digit = char.IsAsciiDigit(c);
            if (!digit || text.Length == 0 || text[^1] != '#')
            {
                text.Append(digit ? '#' : c);
            }
        }

        return text.ToString();
    }

    /// <summary>A number: exact up to three, then by powers of two.</summary>
    internal static string Size(int count) =>
        (count <= 3 ? count : 1 << (31 - int.LeadingZeroCount(count))).ToString(CultureInfo.InvariantCulture);
}
