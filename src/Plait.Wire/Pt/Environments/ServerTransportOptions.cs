using System.Collections.ObjectModel;
using System.Text;
using Plait.Wire.Arguments;

namespace Plait.Wire.Pt.Environments;

/// <summary>The value of <c>TOR_PT_SERVER_TRANSPORT_OPTIONS</c>: <c>name:k=v;name:k=v</c> (E24 to E27, V3, V4).</summary>
public static class ServerTransportOptions
{
    // E26: every known reader accepts these escapes. A '=' in a value needs no escape.
    private const string EscapedInKey = @"\:;=";
    private const string EscapedInValue = @"\:;";

    /// <summary>Reads the variable as goptlib does (E25): names end at <c>:</c>, keys at <c>=</c>, values at <c>;</c>.</summary>
    /// <param name="text">The variable's value; empty means no options.</param>
    /// <param name="options">Options by transport name, each list in the order written. Empty after an error.</param>
    /// <param name="error">What is wrong and where, without any value; null on success.</param>
    public static bool TryParse(string text, out IReadOnlyDictionary<string, PtArguments> options, out string? error)
    {
        options = ReadOnlyDictionary<string, PtArguments>.Empty;
        error = null;
        if (text.Length == 0)
        {
            return true;
        }

        Dictionary<string, List<PtArgument>> lists = [];
        var reader = new EscapedReader(text);
        do
        {
            if (!reader.TryReadField(out string name, out error, ':', '=', ';'))
            {
                return false;
            }

            if (name.Length == 0 || !reader.TryTake(':'))
            {
                int number = lists.Values.Sum(list => list.Count) + 1;
                error = $"option {number} does not begin with a transport name: write name:key=value";
                return false;
            }

            if (!reader.TryReadPair(';', out PtArgument argument, out error))
            {
                return false;
            }

            if (!lists.TryGetValue(name, out List<PtArgument>? list))
            {
                lists.Add(name, list = []);
            }

            list.Add(argument);
        }
        while (reader.TryTake(';'));

        options = lists.ToDictionary(pair => pair.Key, pair => PtArguments.From(pair.Value));
        return true;
    }

    /// <summary>Writes the variable for a child (E26).</summary>
    /// <param name="options">Options by transport name, in the order to write. Names without options are not written.</param>
    public static string Format(IEnumerable<KeyValuePair<string, PtArguments>> options)
    {
        var text = new StringBuilder();
        foreach ((string name, PtArguments arguments) in options)
        {
            foreach (PtArgument argument in arguments)
            {
                if (text.Length > 0)
                {
                    text.Append(';');
                }

                text.AppendEscaped(name, EscapedInKey).Append(':')
                    .AppendEscaped(argument.Key, EscapedInKey).Append('=')
                    .AppendEscaped(argument.Value, EscapedInValue);
            }
        }

        return text.ToString();
    }
}
