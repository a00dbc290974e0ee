namespace Plait.Configuration;

/// <summary>A line of a configuration file.</summary>
/// <param name="File">The file's name, as the caller gave it.</param>
/// <param name="Line">Counted from 1. Of a line continued with a backslash: where it starts.</param>
public sealed record SourceLine(string File, int Line)
{
    /// <summary>As compilers write it: <c>plaitrc:12</c>.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{File}:{Line}");
}
