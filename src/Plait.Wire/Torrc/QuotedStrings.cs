using System.Text;
using System.Text.Json;

namespace Plait.Wire.Torrc;

/// <summary>The strings of JSON, and of a list as Python writes it, which QR codes of Tor Browser hold.</summary>
internal static class QuotedStrings
{
    private static readonly JsonReaderOptions s_options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Reads the values that are strings, with the line of the text in which each begins, from 1.</summary>
    /// <returns>Null if the text is neither.</returns>
    internal static IReadOnlyList<(int Line, string Text)>? Read(string text) => text.AsSpan().TrimStart("\uFEFF \t\r\n") is ['[' or '{', ..]
        ? OfJson(text.TrimStart('\uFEFF')) ?? OfPython(text)
        : null;

    private static List<(int, string)>? OfJson(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var strings = new List<(int, string)>();
        var json = new Utf8JsonReader(bytes, s_options);
        int line = 1;
        long counted = 0;
        try
        {
            while (json.Read())
            {
                line += bytes.AsSpan((int)counted..(int)json.TokenStartIndex).Count((byte)'\n');
                counted = json.TokenStartIndex;
                if (json.TokenType == JsonTokenType.String)
                {
                    strings.Add((line, json.GetString()!));
                }
            }

            return strings;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for half a surrogate pair
        {
            return null;
        }
    }

    private static List<(int, string)>? OfPython(string text)
    {
        string trimmed = text.Trim();
        if (trimmed is not ['[', .., ']'])
        {
            return null;
        }

        var strings = new List<(int, string)>();
        int line = 1 + text[..text.IndexOf('[', StringComparison.Ordinal)].Count(letter => letter == '\n');
        var inside = new StringBuilder();
        char quote = '\0';
        for (int i = 1; i < trimmed.Length - 1; i++)
        {
            char letter = trimmed[i];
            line += letter == '\n' ? 1 : 0;
            if (quote == '\0')
            {
                if (letter is '"' or '\'')
                {
                    quote = letter;
                }
                else if (letter is not (',' or ' ' or '\t' or '\r' or '\n'))
                {
                    return null;
                }
            }
            else if (letter == quote)
            {
                strings.Add((line, inside.ToString()));
                inside.Clear();
                quote = '\0';
            }
            else if (letter == '\\' && i + 1 < trimmed.Length - 1 && trimmed[i + 1] is '"' or '\'' or '\\')
            {
                inside.Append(trimmed[++i]);
            }
            else
            {
                inside.Append(letter);
            }
        }

        return quote == '\0' ? strings : null;
    }
}
