using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>Reads <c>Alias</c> lines. The hops are looked up when the whole file has been read.</summary>
internal sealed class AliasReader(FileNotes notes)
{
    private const string Form = "Write Alias NAME HOP|HOP..., the hop nearest to tor first, as in obfs3_obfs4 obfs3|obfs4.";

    private readonly Dictionary<string, ChainAlias> _aliases = new(StringComparer.Ordinal);

    internal void Take(ConfigurationLine line)
    {
        if (line.Words.Count < 2)
        {
            notes.Report(line, $"{line.Keyword} takes a name and a chain", Form);
            return;
        }

        string name = line.Words[0];
        if (!TransportName.IsValid(name))
        {
            notes.Report(line, $"{line.Keyword}: tor cannot ask for the name {QuotedName.Name(name)}", NameList.Identifier);
            return;
        }

        string[] hops = string.Join(' ', line.Words.Skip(1)).Split('|', StringSplitOptions.TrimEntries);
        if (Array.Find(hops, hop => !TransportName.IsValid(hop)) is { } bad)
        {
            string what = bad.Length == 0 ? "has a hop without a name" : $"has a hop {QuotedName.Name(bad)}, which is not a name";
            notes.Report(line, $"{line.Keyword} {QuotedName.Name(name)} {what}", Form);
            return;
        }

        if (notes.Cases.Accept(name, line) && notes.First.Accept(line, name))
        {
            _aliases.Add(name, new(name, hops, line.At));
        }
    }

    /// <summary>The aliases, without those that take the name of a transport.</summary>
    /// <param name="transports">The names of all transports of both roles.</param>
    internal IReadOnlyDictionary<string, ChainAlias> Finish(IReadOnlySet<string> transports)
    {
        foreach (ChainAlias alias in _aliases.Values.Where(alias => transports.Contains(alias.Name)).ToList())
        {
            notes.Problems.Report(
                alias.At,
                $"Alias {QuotedName.Name(alias.Name)} has the name of a transport",
                "Give the chain a name of its own, as in obfs3_obfs4.");
            _aliases.Remove(alias.Name);
        }

        return _aliases;
    }
}
