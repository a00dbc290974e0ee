namespace Plait.Configuration;

/// <summary>Reads a name such as <c>obfs3_obfs4</c> as names of transports joined by separators.</summary>
/// <remarks>
/// Names of transports hold underscores themselves (meek_lite), so a name may have many readings. First, from the back,
/// the fewest hops that reach the end are noted for each index; after that no step leads into a dead end, and the
/// work is bounded for any names.
/// </remarks>
internal sealed class FreeFormName
{
    /// <summary>How many readings are looked for: enough to name two and to know that there are more.</summary>
    internal const int MostReadings = 3;

    private const int None = int.MaxValue;

    private static readonly string[][] SeparatorSets = [["__"], ["__", "_"]];

    private readonly string _name;
    private readonly IReadOnlyCollection<string> _transports;
    private readonly string[] _separators;
    private readonly int[] _fewest; // _fewest[p]: the fewest hops that read the name from p to its end

    private FreeFormName(string name, IReadOnlyCollection<string> transports, string[] separators)
    {
        _name = name;
        _transports = transports;
        _separators = separators;
        _fewest = new int[name.Length + 1];
        for (int at = name.Length - 1; at >= 0; at--)
        {
            _fewest[at] = None;
            foreach ((_, int next) in Steps(at))
            {
                _fewest[at] = Math.Min(_fewest[at], 1 + _fewest[next]);
            }
        }
    }

    /// <summary>Up to <see cref="MostReadings"/> different readings.</summary>
    /// <remarks>
    /// <c>__</c> is the unmistakable separator: only if the name cannot be read with it alone, <c>_</c> separates too.
    /// </remarks>
    internal static IReadOnlyList<string[]> Read(string name, IReadOnlyCollection<string> transports, int maxHops)
    {
        foreach (string[] separators in SeparatorSets)
        {
            var found = new List<string[]>();
            new FreeFormName(name, transports, separators).Collect(0, [], maxHops, found);
            if (found.Count > 0)
            {
                return found;
            }
        }

        return [];
    }

    /// <summary>The hops of the shortest reading, or null if there is none of any length.</summary>
    internal static int? FewestHops(string name, IReadOnlyCollection<string> transports) =>
        new FreeFormName(name, transports, SeparatorSets[^1])._fewest[0] is var hops and > 0 and < None ? hops : null;

    private void Collect(int at, List<string> hops, int maxHops, List<string[]> found)
    {
        if (at == _name.Length)
        {
            if (hops.Count > 0 && !found.Exists(other => other.SequenceEqual(hops)))
            {
                found.Add([.. hops]);
            }

            return;
        }

        foreach ((string hop, int next) in Steps(at))
        {
            if (found.Count == MostReadings || hops.Count + 1 + _fewest[next] > maxHops)
            {
                continue;
            }

            hops.Add(hop);
            Collect(next, hops, maxHops, found);
            hops.RemoveAt(hops.Count - 1);
        }
    }

    /// <summary>The transports that match at an index, each with the index of the next one. Only those that lead to the end.</summary>
    private IEnumerable<(string Hop, int Next)> Steps(int at)
    {
        foreach (string transport in _transports.Where(transport => StandsAt(transport, at)))
        {
            int end = at + transport.Length;
            if (end == _name.Length)
            {
                yield return (transport, end);
                continue;
            }

            foreach (string separator in _separators.Where(separator => StandsAt(separator, end)))
            {
                int next = end + separator.Length;
                if (next < _name.Length && _fewest[next] != None)
                {
                    yield return (transport, next);
                }
            }
        }
    }

    private bool StandsAt(string part, int at) => string.CompareOrdinal(_name, at, part, 0, part.Length) == 0;
}
