using System.Text.RegularExpressions;

namespace Plait.Diagnostics;

/// <summary>
/// What is taken out of a foreign text by its looks alone: addresses, the value of a <c>key=value</c>, and long tokens,
/// which may be keys or cookies.
/// </summary>
internal static partial class ScrubPatterns
{
    internal const string Replacement = "[scrubbed]";

    internal static string Scrub(string text) =>
        LongToken().Replace(ScrubAddresses(Value().Replace(text, "$1=" + Replacement)), Replacement);

    /// <summary>Addresses alone.</summary>
    internal static string ScrubAddresses(string text) => Address().Replace(text, Replacement);

    // A quoted value goes to its closing quote, an escaped one is none; to the end if the text was cut off inside it.
    // A key is a whole word, and is not gone back on: a child may print words of any length.
    [GeneratedRegex("""(?<![\w-])((?>[\w-]+))=("(\\[\s\S]|[^"\\])*"?[^\s;,]*|[^\s;,]+)""", RegexOptions.CultureInvariant)]
    private static partial Regex Value();

    // IPv4 with or without a port, also behind a letter or an underscore; IPv6, which has at least two colons among hex digits,
    // with or without brackets.
    [GeneratedRegex("""\d{1,3}(\.\d{1,3}){3}(:\d{1,5})?|\[?[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}(%\w+)?(\.\d{1,3}){0,3}\]?(:\d{1,5})?""", RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    [GeneratedRegex("""[A-Za-z0-9+/=_-]{32,}""", RegexOptions.CultureInvariant)]
    private static partial Regex LongToken();
}
