using System.Buffers;
using System.Globalization;
using System.Text;

namespace Plait.Wire.Torrc;

/// <summary>Words as Markdown, HTML and chat programs write them, and what they say.</summary>
internal static class MarkupText
{
    private static readonly string[] s_tags =
        ["a", "b", "blockquote", "br", "code", "div", "em", "font", "i", "kbd", "li", "ol", "p", "pre", "q", "samp", "span", "strong", "td", "tr", "tt", "u", "ul"];

    private static readonly SearchValues<char> s_punctuation = SearchValues.Create("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

    /// <summary>Whether what stands between angle brackets is a tag of HTML that shapes text.</summary>
    internal static bool IsTag(string inner)
    {
        string name = new([.. inner.TrimStart('/').TakeWhile(char.IsAsciiLetterOrDigit)]);
        string rest = inner.TrimStart('/')[name.Length..];
        return s_tags.Contains(name.ToLowerInvariant()) && (rest.Length == 0 || rest[0] is ' ' or '\t' or '/');
    }

    /// <summary>
    /// The text of a link whose target is the text: <c>[x](http://x)</c>, <c>&lt;http://x|x&gt;</c>, <c>&lt;x&gt;</c>. The word itself if it is none.
    /// </summary>
    internal static string WithoutLink(string word)
    {
        string text = word, target = word;
        if (word is ['[', .., ')'] && word.IndexOf("](", StringComparison.Ordinal) is > 0 and var middle)
        {
            (text, target) = (word[1..middle], word[(middle + 2)..^1]);
        }
        else if (word is ['<', .., '>'])
        {
            string[] parts = word[1..^1].Split('|');
            (text, target) = (parts[^1], parts[0]);
        }

        return Address(text) == Address(target) ? text : word;

        static string Address(string link) => WithoutScheme(link).TrimEnd('/');
    }

    /// <summary>Without <c>http://</c>, <c>https://</c> or <c>tcp://</c>, which programs write before what they take for a link.</summary>
    internal static string WithoutScheme(string word)
    {
        foreach (string scheme in new[] { "http://", "https://", "tcp://" })
        {
            if (word.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                return word[scheme.Length..];
            }
        }

        return word;
    }

    /// <summary>Whether a piece of a value could also be a word of the text around it: letters of one case, the first perhaps a capital one.</summary>
    internal static bool CanBeProse(string piece)
    {
        string word = piece.Trim('.', ',', ';', ':', '!', '?', '(', ')', '"', '\'');
        return word.All(letter => char.IsLetter(letter) || letter is '\'' or '-' or '\u2019')
            && (word.Skip(1).All(letter => !char.IsUpper(letter)) || !word.Any(char.IsLower));
    }

    /// <summary>Without the backslashes that Markdown writes before punctuation.</summary>
    internal static string WithoutEscapes(string word)
    {
        var text = new StringBuilder();
        for (int i = 0; i < word.Length; i++)
        {
            bool escapes = word[i] == '\\' && i + 1 < word.Length && s_punctuation.Contains(word[i + 1]);
            text.Append(word[escapes ? ++i : i]);
        }

        return text.ToString();
    }

    /// <summary>With characters in the place of <c>%XX</c>; the word itself if it has none, or others than ASCII.</summary>
    internal static string WithoutPercent(string word)
    {
        var text = new StringBuilder();
        for (int i = 0; i < word.Length; i++)
        {
            bool coded = word[i] == '%' && i + 2 < word.Length;
            if (!coded)
            {
                text.Append(word[i]);
                continue;
            }

            if (!byte.TryParse(word.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte code) || code is <= 0x20 or >= 0x7F)
            {
                return word;
            }

            text.Append((char)code);
            i += 2;
        }

        return text.ToString();
    }
}
