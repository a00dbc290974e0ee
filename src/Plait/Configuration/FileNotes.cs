using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>What the readers of the single words share while a file is read.</summary>
internal sealed class FileNotes
{
    internal FileNotes()
    {
        First = new(Problems);
        Cases = new(Problems);
    }

    internal Problems Problems { get; } = new();

    internal FirstLines First { get; }

    internal NameCases Cases { get; }

    /// <summary>To be looked up when the whole file has been read.</summary>
    internal List<NameReference> References { get; } = [];

    /// <summary>Transports named by any plugin line, also a bad one: that they are missing is not said a second time.</summary>
    internal HashSet<Mention> Mentioned { get; } = [];

    internal void Report(ConfigurationLine line, string what, string instead) => Problems.Report(line.At, what, instead);
}

/// <summary>A name that a plugin line of a role has, good or bad.</summary>
internal sealed record Mention(PtRole Role, string Name);
