using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>Reads <c>NAME[,NAME...]</c>, the names of transports.</summary>
internal static class NameList
{
    internal const string Identifier = "A name starts with a letter or _ and goes on with letters, digits and _.";

    /// <summary>The good names of <paramref name="word"/>; the others are reported (N1, N9).</summary>
    internal static List<string> Read(string word, ConfigurationLine line, Problems problems)
    {
        var good = new List<string>();
        foreach (string name in word.Split(','))
        {
            if (TransportName.IsValid(name))
            {
                good.Add(name);
            }
            else
            {
                problems.Report(line.At, What(name, line.Keyword), Instead(name));
            }
        }

        return good;
    }

    private static string What(string name, string keyword) => name switch
    {
        "" => $"{keyword} has an empty name in its list of names",
        "*" => $"{keyword} does not take * for a name",
        _ => $"{keyword}: {QuotedName.Name(name)} is not the name of a transport",
    };

    private static string Instead(string name) => name switch
    {
        "" => "Write the names with commas and no blanks between them, as in obfs3,obfs4.",
        "*" => "List the names, as in obfs3,obfs4.",
        _ => Identifier,
    };
}
