using System.Text;

namespace Plait.DummyTransport;

/// <summary>Arguments as text: server options (pt-spec 3.2.3), SMETHOD ARGS (3.3.3), per-connection arguments (3.5).</summary>
internal static class TransportArguments
{
    /// <summary>Reads <c>name:key=value;name:key=value</c>.</summary>
    public static ILookup<string, KeyValuePair<string, string>> ParseServerOptions(string text) =>
        Items(text).Select(item => (Name: UpTo(item, ':', out string argument), Argument: argument))
            .ToLookup(item => item.Name, item => KeyAndValue(item.Argument));

    /// <summary>Checks <c>key=value;key=value</c>, and says whether it parses.</summary>
    public static bool AreWellFormed(string text)
    {
        try
        {
            return Items(text).Select(KeyAndValue).All(_ => true);
        }
        catch (PtEnvironmentException)
        {
            return false;
        }
    }

    /// <summary>The values of <c>key=value;key=value</c>.</summary>
    public static List<string> ParseClient(string text) => [.. Items(text).Select(item => KeyAndValue(item).Value)];

    /// <summary>Writes <c>ARGS:key=value,key=value</c>.</summary>
    public static string ToMethodOption(IEnumerable<KeyValuePair<string, string>> arguments) =>
        "ARGS:" + string.Join(',', arguments.Select(a => $"{Escape(a.Key)}={Escape(a.Value)}"));

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal)
            .Replace(",", "\\,", StringComparison.Ordinal);

    private static KeyValuePair<string, string> KeyAndValue(string item)
    {
        string key = UpTo(item, '=', out string value);
        return new(key, Unescape(value));
    }

    /// <summary>Splits at each unescaped semicolon, and leaves the escapes in.</summary>
    private static IEnumerable<string> Items(string text)
    {
        int start = 0;
        for (int i = 0; i <= text.Length && text.Length > 0; i++)
        {
            if (i < text.Length && text[i] == '\\')
            {
                i++;
            }
            else if (i == text.Length || text[i] == ';')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }
    }

    private static string UpTo(string text, char separator, out string rest)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == separator && i > 0)
            {
                rest = text[(i + 1)..];
                return Unescape(text[..i]);
            }
        }

        throw new PtEnvironmentException($"TOR_PT_SERVER_TRANSPORT_OPTIONS: no {separator} in an item");
    }

    private static string Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && ++i == text.Length)
            {
                throw new PtEnvironmentException("TOR_PT_SERVER_TRANSPORT_OPTIONS: a backslash at the end");
            }

            plain.Append(text[i]);
        }

        return plain.ToString();
    }
}
