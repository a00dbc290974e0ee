using System.Diagnostics.CodeAnalysis;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Native;
using Plait.Processes;

namespace Plait.Cli;

/// <summary>The plaitrc on disk: where it is, and what it says.</summary>
/// <param name="Named">What <c>-f</c> says, or null.</param>
/// <param name="Path">The file.</param>
/// <param name="Result">What it says, and everything wrong with it.</param>
internal sealed record ConfigurationFile(string? Named, string Path, ConfigurationResult Result)
{
    /// <summary>The file's name, which names our part of tor's state location.</summary>
    internal string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Where it is, whatever the current directory; by this the state of a plaitrc that was renamed is recognised.</summary>
    internal string FullPath => System.IO.Path.GetFullPath(Path);

    /// <summary>The places that are looked at when no file is named, in order.</summary>
    internal static IReadOnlyList<string> UsualPlaces
    {
        get
        {
            string? home = OwnEnvironment.Value("HOME");
            string? ours = OwnEnvironment.Value("XDG_CONFIG_HOME") ?? (home is null ? null : System.IO.Path.Combine(home, ".config"));
            const string everybodys = "/etc/plait/plaitrc";
            return ours is null ? [everybodys] : [System.IO.Path.Combine(ours, "plait", "plaitrc"), everybodys];
        }
    }

    /// <summary>Reads the file that is named, or the first of the usual places that exists.</summary>
    /// <param name="named">What <c>-f</c> says, or null.</param>
    /// <param name="file">The file, or null.</param>
    /// <param name="error">Why there is none, for a person.</param>
    /// <param name="option">How a file is named, for that.</param>
    internal static bool TryLoad(
        string? named, [NotNullWhen(true)] out ConfigurationFile? file, [NotNullWhen(false)] out string? error, string option = "-f")
    {
        file = null;
        error = named is null ? ProblemOfUsualPlaces()
            : named.Length == 0 ? $"{option} names no file; it takes the path of a plaitrc"
            : WrittenPath.Find(named) is { } slip ? $"{slip.What}; {slip.Advice}"
            : SystemText.PathProblem(named, "the plaitrc");
        if (error is not null)
        {
            return false;
        }

        string? path = named ?? UsualPlaces.FirstOrDefault(File.Exists);
        if (path is null)
        {
            error = $"there is no plaitrc; looked for {string.Join(" and ", UsualPlaces)}; name one with -f FILE";
            return false;
        }

        if (!BoundedFile.TryRead(path, "plaitrc", option, out string? text, out error))
        {
            return false;
        }

        file = new(named, path, PlaitConfiguration.Parse(text, System.IO.Path.GetFileName(path)));
        return true;
    }

    /// <summary>Without -f, the folder comes from a variable. It is never another than the one that is meant.</summary>
    private static string? ProblemOfUsualPlaces()
    {
        string? problem = UsualPlaces
            .Select(place => SystemText.PathProblem(place, "the plaitrc in $XDG_CONFIG_HOME or $HOME")).FirstOrDefault(found => found is not null);
        return problem is null ? null : $"{problem}; or name one with -f FILE";
    }
}
