namespace Plait.Cli;

/// <summary>The file of this program, which hosts the shared libraries of a plaitrc too.</summary>
internal static class OwnProgram
{
    /// <summary>Its path; null where the program is an argument of <c>dotnet</c>, as in the tests.</summary>
    internal static string? Path { get; } =
        Environment.ProcessPath is { } path && System.IO.Path.GetFileNameWithoutExtension(path) != "dotnet" ? path : null;
}
