using System.Text;
using System.Text.RegularExpressions;

namespace Plait.Diagnostics.Secrecy;

/// <summary>
/// The values that children got, to be found in the output of children, however short they are. Each value is known in its usual forms
/// too: escaped, percent-encoded, and the host names in it, which errors repeat alone.
/// </summary>
internal sealed partial class KnownSecrets
{
    // Bounded (G6), and far more than the bridge lines of one tor have values. The least recently used one is forgotten first.
    private const int MaxValues = 1024;

    // Shorter ones ("xy") are taken out only as whole words: inside words they would be found everywhere.
    private const int ShortestAnywhere = 4;

    private const int LongestNumber = 4;

    // Switches, and the modes of the transports in the field: obfs-local, conjure, v2ray-plugin.
    private static readonly HashSet<string> s_modes = new(StringComparer.OrdinalIgnoreCase)
    {
        "on", "off", "yes", "no", "true", "false", "none", "auto", "always", "never", "default",
        "http", "https", "tls", "dtls", "quic", "websocket", "ws", "min", "prefix",
    };

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Value> _values = [];
    private long _clock;
    private string[]? _forms;

    /// <summary>Knows a value from now on, unless it is one of a small set.</summary>
    internal void Add(string value)
    {
        if (!IsOfASmallSet(value))
        {
            Add(value, FormsOf);
        }
    }

    /// <summary>Knows a user name and a password, and their form in HTTP (RFC 7617).</summary>
    internal void AddCredentials(string? user, string? password)
    {
        if (user is null)
        {
            return;
        }

        Add(user, FormsOf);
        Add($"{user}:{password}", static both => [both, Convert.ToBase64String(Encoding.UTF8.GetBytes(both))]);
        if (password is not null)
        {
            Add(password, FormsOf); // whatever it looks like
        }
    }

    /// <summary>Marks every known value in the text.</summary>
    internal void Mark(SecretSpans spans)
    {
        foreach (string form in Forms())
        {
            Mark(spans, form);
        }
    }

    private static bool IsOfASmallSet(string value) =>
        (value.Length <= LongestNumber && value.All(char.IsAsciiDigit)) || s_modes.Contains(value);

    private void Add(string value, Func<string, IEnumerable<string>> formsOf)
    {
        if (value.Length == 0)
        {
            return;
        }

        lock (_lock)
        {
            _clock++;
            if (_values.TryGetValue(value, out Value? known))
            {
                known.LastUse = _clock;
                return;
            }

            if (_values.Count == MaxValues)
            {
                _values.Remove(_values.MinBy(entry => entry.Value.LastUse).Key);
            }

            _values.Add(value, new(value, formsOf) { LastUse = _clock });
            _forms = null;
        }
    }

    private string[] Forms()
    {
        lock (_lock)
        {
            return _forms ??= [.. _values.Values.SelectMany(value => value.Forms).Distinct(StringComparer.OrdinalIgnoreCase)];
        }
    }

    private static void Mark(SecretSpans spans, string form)
    {
        string text = spans.Text;
        for (int from = 0; (from = text.IndexOf(form, from, StringComparison.OrdinalIgnoreCase)) >= 0; from++)
        {
            int end = from + form.Length;
            if (form.Length >= ShortestAnywhere || (!IsWordAt(text, from - 1) && !IsWordAt(text, end)))
            {
                spans.Add(from, end);
            }
        }
    }

    private static bool IsWordAt(string text, int index) =>
        index >= 0 && index < text.Length && char.IsLetterOrDigit(text[index]);

    private static IEnumerable<string> FormsOf(string value) =>
    [
        value,
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal), // SOCKS (S10)
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal), // Go's %q
        Uri.EscapeDataString(value),
        .. HostName().Matches(value).Select(match => match.Value),
    ];

    // In a URL, a list of fronts, HOST:PORT: a name with a dot and a letter after the last one; in a URL any name.
    [GeneratedRegex(@"(?<![\w.-])([\w-]+\.)+[A-Za-z][\w-]*|(?<=://)[A-Za-z][\w-]*(?=[/:?#]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex HostName();

    /// <summary>Its forms are made when there is a text to look for them in: at most starts and openings there is none.</summary>
    private sealed class Value(string value, Func<string, IEnumerable<string>> formsOf)
    {
        private string[]? _forms;

        internal string[] Forms => _forms ??= [.. formsOf(value)];

        internal long LastUse { get; set; }
    }
}
