using System.Text.RegularExpressions;

namespace Plait.Diagnostics;

/// <summary>
/// Takes addresses and values out of a text that others wrote (G5): children's last words, their LOG lines. What looks
/// like an address, the value of a <c>key=value</c>, or a long token that may be a key or a cookie becomes "[scrubbed]".
/// </summary>
internal static partial class Scrubber
{
    private const string Replacement = "[scrubbed]";

    /// <summary>Set once, at start, from the configuration: SafeLogging 0.</summary>
    internal static bool Unsafe { get; set; }

    internal static string Scrub(string text)
    {
        if (Unsafe)
        {
            return text;
        }

        text = Value().Replace(text, "$1=" + Replacement);
        text = Address().Replace(text, Replacement);
        return LongToken().Replace(text, Replacement);
    }

    // A quoted value goes to its closing quote, an escaped one is none; to the end if the text was cut off inside it.
    // A key is a whole word: tried from each letter of a long one, it would take the square of its length.
    [GeneratedRegex("""(?<![\w-])([\w-]+)=("(\\[\s\S]|[^"\\])*"?[^\s;,]*|[^\s;,]+)""", RegexOptions.CultureInvariant)]
    private static partial Regex Value();

    // IPv4 with or without a port, also behind a letter or an underscore; IPv6, which has at least two colons among hex digits, with or without brackets.
    [GeneratedRegex("""\d{1,3}(\.\d{1,3}){3}(:\d{1,5})?|\[?[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}(%\w+)?(\.\d{1,3}){0,3}\]?(:\d{1,5})?""", RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    [GeneratedRegex("""[A-Za-z0-9+/=_-]{32,}""", RegexOptions.CultureInvariant)]
    private static partial Regex LongToken();
}
