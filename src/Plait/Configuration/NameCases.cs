namespace Plait.Configuration;

/// <summary>Rejects names that differ only in case: one of tor's checks could not tell them apart (N4).</summary>
internal sealed class NameCases(Problems problems)
{
    private readonly Dictionary<string, string> _spelling =
        TransportDeclaration.InProcess().Keys.ToDictionary(name => name, StringComparer.OrdinalIgnoreCase);

    /// <summary>These names are known in this spelling.</summary>
    internal void Know(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            _spelling[name] = name;
        }
    }

    /// <summary>False, and reported, when the name is known in another spelling.</summary>
    internal bool Accept(string name, ConfigurationLine line)
    {
        if (_spelling.TryAdd(name, name) || _spelling[name] == name)
        {
            return true;
        }

        problems.Report(
            line.At,
            $"{line.Keyword}: {QuotedName.Name(name)} differs from {QuotedName.Name(_spelling[name])} only in case",
            "Write the same name in the same way, and give different things different names.");
        return false;
    }
}
