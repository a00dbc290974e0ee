using System.Globalization;

namespace Plait.Fuzz.Engine;

/// <summary>Makes of what happened a word that few inputs share and no input has to itself.</summary>
internal static class Behaviour
{
    /// <summary>A message with each number replaced by one sign: where it happened is not what happened.</summary>
    internal static string Of(string? message)
    {
        if (message is null)
        {
            return "-";
        }

        var text = new System.Text.StringBuilder(message.Length);
        foreach (char c in message)
        {
            bool digit = char.IsAsciiDigit(c);
            if (!digit || text.Length == 0 || text[^1] != '#')
            {
                text.Append(digit ? '#' : c);
            }
        }

        return text.ToString();
    }

    /// <summary>A size: exact up to three, then by powers of two.</summary>
    internal static string Size(int count) =>
        (count <= 3 ? count : 1 << (31 - int.LeadingZeroCount(count))).ToString(CultureInfo.InvariantCulture);

    /// <summary>The parts joined.</summary>
    internal static string Join(params ReadOnlySpan<string> parts) => string.Join('|', parts);
}
