namespace Plait.Configuration;

/// <summary>A program, or a shared library that runs as one, and its arguments.</summary>
/// <remarks>
/// Lines of one role with equal program and arguments are one <see cref="PluginLine"/> with the union of their
/// transports, as in tor (N12). So one reference means one process: compare by reference.
/// </remarks>
/// <param name="Transports">The transports that the program is asked for, in the order of the file. At least one.</param>
/// <param name="Program">A path, or a name to be looked up in <c>PATH</c>, as written; the path of the library, if it is one.</param>
/// <param name="Arguments">Its arguments, quotes already removed.</param>
/// <param name="At">The first of the lines.</param>
public sealed record PluginLine(
    IReadOnlyList<string> Transports, string Program, IReadOnlyList<string> Arguments, SourceLine At)
{
    /// <summary>Which transport of a shared library it is; null for a program.</summary>
    public LibraryEntry? Library { get; init; }

    /// <summary>By reference.</summary>
    public bool Equals(PluginLine? other) => ReferenceEquals(this, other);

    /// <summary>By reference.</summary>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    /// <summary>The program and its line; no arguments, which may be secret.</summary>
    public override string ToString() => $"{Program} ({At})";
}
