using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>
/// Reads the lines of a word that chooses one of several ways for a transport: <c>ClientTransportJoint</c>,
/// <c>ServerTransportJoint</c>, <c>ClientTransportWire</c>, <c>ServerTransportWire</c>.
/// </summary>
/// <param name="role">The role whose transports the word is about.</param>
/// <param name="choices">The word of each choice.</param>
/// <param name="notes">The notes of the file, shared by all readers.</param>
internal sealed class ChoiceReader<TChoice>(PtRole role, IReadOnlyDictionary<string, TChoice> choices, FileNotes notes)
    where TChoice : struct, Enum
{
    private const string All = "*";

    private readonly Dictionary<string, TChoice> _chosen = new(StringComparer.Ordinal);

    /// <summary>A line with the name wins over a line with <c>*</c>, wherever they stand.</summary>
    internal TChoice For(string name) =>
        _chosen.TryGetValue(name, out TChoice choice) ? choice : _chosen.GetValueOrDefault(All);

    internal void Take(ConfigurationLine line)
    {
        string form = $"Write {line.Keyword} NAME {string.Join('|', choices.Keys)}, with * for the name to mean all the others.";
        if (line.Words is not [var name, var word])
        {
            notes.Report(line, $"{line.Keyword} takes a name and a choice", form);
        }
        else if (name != All && !TransportName.IsValid(name))
        {
            notes.Report(line, $"{line.Keyword}: {QuotedName.Name(name)} is not the name of a transport", form);
        }
        else if (!choices.TryGetValue(word, out TChoice choice))
        {
            notes.Report(line, $"{line.Keyword} does not know the choice {QuotedName.Name(word)}", form);
        }
        else if (notes.First.Accept(line, name))
        {
            _chosen.Add(name, choice);
            if (name != All)
            {
                notes.References.Add(new(line, name, role, OrChain: false));
            }
        }
    }
}
