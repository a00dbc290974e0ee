namespace Plait.Fuzz.Engine;

/// <summary>
/// The inputs worth changing further: for each behaviour the shortest that shows it. What is new is taken up more often.
/// </summary>
internal sealed class Corpus
{
    /// <summary>More behaviours than any target has in mind; a target with more words than this says too much.</summary>
    private const int MostEntries = 20_000;

    private const int EntryOverhead = 200; // objects and tables

    private readonly Dictionary<string, int> _places = [];
    private readonly List<(string Behaviour, byte[] Input)> _entries = [];

    /// <summary>Behaviours seen.</summary>
    internal int Count => _entries.Count;

    /// <summary>Bytes held, about.</summary>
    internal long Size { get; private set; }

    /// <summary>What is held, in the order of its discovery.</summary>
    internal IReadOnlyList<(string Behaviour, byte[] Input)> Entries => _entries;

    /// <summary>Keeps an input if it is the first or the shortest of its behaviour.</summary>
    /// <returns>Whether the behaviour is new.</returns>
    internal bool Add(string behaviour, byte[] input)
    {
        if (_places.TryGetValue(behaviour, out int place))
        {
            Size += Math.Min(0, input.Length - _entries[place].Input.Length);
            _entries[place] = input.Length < _entries[place].Input.Length ? (behaviour, input) : _entries[place];
            return false;
        }

        if (_entries.Count < MostEntries)
        {
            _places.Add(behaviour, _entries.Count);
            _entries.Add((behaviour, input));
            Size += input.Length + (sizeof(char) * behaviour.Length) + EntryOverhead;
        }

        return true;
    }

    /// <summary>One of the inputs; one time in two, one of the latest tenth.</summary>
    internal byte[] Pick(Random random)
    {
        if (_entries.Count == 0)
        {
            return [];
        }

        int from = random.Next(2) == 0 ? 0 : _entries.Count - 1 - (_entries.Count / 10);
        return _entries[random.Next(from, _entries.Count)].Input;
    }
}
