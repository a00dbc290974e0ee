using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>The state that the readers of the words share while a file is read.</summary>
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

    /// <summary>The names to look up when the whole file has been read.</summary>
    internal List<NameReference> References { get; } = [];

    /// <summary>Transports named by any plugin line, also a bad one, so that they are not reported as missing too.</summary>
    internal HashSet<Mention> Mentioned { get; } = [];

    internal void Report(ConfigurationLine line, string what, string instead) => Problems.Report(line.At, what, instead);
}

/// <summary>A name that a plugin line of a role has, good or bad.</summary>
internal sealed record Mention(PtRole Role, string Name);
