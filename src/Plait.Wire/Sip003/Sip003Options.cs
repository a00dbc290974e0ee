using System.Diagnostics.CodeAnalysis;
using System.Text;
using Plait.Wire.Arguments;

namespace Plait.Wire.Sip003;

/// <summary>The value of <c>SS_PLUGIN_OPTIONS</c>: <c>k=v;k=v</c>, with <c>\</c> before <c>;</c>, <c>=</c> and <c>\</c> (Q5).</summary>
public static class Sip003Options
{
    /// <summary>The value of a key that is written without <c>=</c>, such as <c>tls</c> (Q5).</summary>
    public const string ValueOfBareKey = "1";

    private const string Escaped = @"\;=";

    /// <summary>
    /// Reads the options. A key without <c>=</c> has <see cref="ValueOfBareKey"/>, and a <c>;</c> at the end is allowed (Q5). Any <c>\x</c> stands
    /// for <c>x</c>.
    /// </summary>
    /// <param name="text">The value of the variable. The empty string means no options.</param>
    /// <param name="options">The options in their order; keys may repeat. <see cref="PtArguments.Empty"/> after an error.</param>
    /// <param name="error">What is wrong and where, without any value; null on success.</param>
    public static bool TryParse(string text, out PtArguments options, [NotNullWhen(false)] out string? error)
    {
        options = PtArguments.Empty;
        error = null;
        List<PtArgument> list = [];
        var reader = new EscapedReader(text);
        while (!reader.IsAtEnd)
        {
            int start = reader.Position;
            if (!reader.TryReadField(out string key, out error, '=', ';'))
            {
                return false;
            }

            if (key.Length == 0)
            {
                error = $"the option at offset {start} has no key: write key=value, or a key alone";
                return false;
            }

            string value = ValueOfBareKey;
            if (reader.TryTake('=') && !reader.TryReadField(out value, out error, ';'))
            {
                return false;
            }

            list.Add(new(key, value));
            reader.TryTake(';');
        }

        options = PtArguments.From(list);
        return true;
    }

    /// <summary>Writes the options in their order, each with its value. Every reader understands that form.</summary>
    /// <param name="options">The options.</param>
    public static string Format(PtArguments options)
    {
        var text = new StringBuilder();
        foreach (PtArgument option in options)
        {
            if (text.Length > 0)
            {
                text.Append(';');
            }

            text.AppendEscaped(option.Key, Escaped).Append('=').AppendEscaped(option.Value, Escaped);
        }

        return text.ToString();
    }
}
