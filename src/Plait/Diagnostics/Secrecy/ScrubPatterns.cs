using System.Text.RegularExpressions;

namespace Plait.Diagnostics.Secrecy;

/// <summary>
/// Finds the parts of a foreign text that look like a secret: addresses, the value of a <c>key=value</c>, and long tokens, which may be
/// keys or cookies.
/// </summary>
internal static partial class ScrubPatterns
{
    /// <summary>The text without addresses, values and long tokens.</summary>
    internal static string Scrub(string text)
    {
        var spans = new SecretSpans(text);
        Mark(spans);
        return spans.Remove();
    }

    /// <summary>The text without addresses.</summary>
    internal static string ScrubAddresses(string text)
    {
        var spans = new SecretSpans(text);
        MarkAddresses(spans);
        return spans.Remove();
    }

    /// <summary>Marks addresses, values and long tokens.</summary>
    /// <param name="spans">The text.</param>
    /// <param name="own">Ports and paths in it that are no secret; null for none.</param>
    internal static void Mark(SecretSpans spans, OwnPlaces? own = null)
    {
        MarkAddresses(spans, own);
        int rest = 0;
        foreach (ValueMatch pair in Value().EnumerateMatches(spans.Text))
        {
            // The key is a word, so the first '=' is the pair's own. The key stays, unless it is itself a long token.
            int value = spans.Text.IndexOf('=', pair.Index) + 1;
            MarkTokens(spans, rest, value, own);
            rest = pair.Index + pair.Length;
            spans.Add(value, rest);
        }

        MarkTokens(spans, rest, spans.Text.Length, own);
    }

    private static void MarkAddresses(SecretSpans spans, OwnPlaces? own = null)
    {
        foreach (ValueMatch address in Address().EnumerateMatches(spans.Text))
        {
            int port = own?.PortLength(spans.Text.AsSpan(address.Index, address.Length)) ?? 0;
            spans.Add(address.Index, address.Index + address.Length - port);
        }
    }

    private static void MarkTokens(SecretSpans spans, int start, int end, OwnPlaces? own)
    {
        foreach ((int from, int to) in own?.Besides(spans.Text, start, end) ?? [(start, end)])
        {
            MarkTokens(spans, from, to);
        }
    }

    private static void MarkTokens(SecretSpans spans, int start, int end)
    {
        foreach (ValueMatch token in LongToken().EnumerateMatches(spans.Text.AsSpan(start, end - start)))
        {
            spans.Add(start + token.Index, start + token.Index + token.Length);
        }
    }

    // A quoted value goes to its closing quote, an escaped one is none; to the end if the text was cut off inside it.
    // A key is a whole word, and is not gone back on: a child may print words of any length.
    [GeneratedRegex("""(?<![\w-])(?>[\w-]+)=("(\\[\s\S]|[^"\\])*"?[^\s;,]*|[^\s;,]+)""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Value();

    // IPv4 with or without a port, also after a letter or an underscore; IPv6, which has at least two colons among hex digits,
    // with or without brackets.
    [GeneratedRegex("""\d{1,3}(\.\d{1,3}){3}(:\d{1,5})?|\[?[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}(%\w+)?(\.\d{1,3}){0,3}\]?(:\d{1,5})?""", RegexOptions.CultureInvariant)]
    private static partial Regex Address();

    [GeneratedRegex("""[A-Za-z0-9+/=_-]{32,}""", RegexOptions.CultureInvariant)]
    private static partial Regex LongToken();
}
