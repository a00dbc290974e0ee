using System.Diagnostics.CodeAnalysis;
using Plait.Configuration;

namespace Plait.Cli;

/// <summary>The plaitrc on disk: where it is, and what it says.</summary>
/// <param name="Path">The file.</param>
/// <param name="Result">What it says, and everything wrong with it.</param>
internal sealed record ConfigurationFile(string Path, ConfigurationResult Result)
{
    /// <summary>The file's name, which names our part of tor's state location.</summary>
    internal string Name => System.IO.Path.GetFileName(Path);

    /// <summary>The places that are looked at when no file is named, in order.</summary>
    internal static IReadOnlyList<string> UsualPlaces
    {
        get
        {
            string? home = Environment.GetEnvironmentVariable("HOME");
            string? configured = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME");
            string? ours = !string.IsNullOrEmpty(configured) ? configured
                : !string.IsNullOrEmpty(home) ? System.IO.Path.Combine(home, ".config")
                : null;
            const string everybodys = "/etc/plait/plaitrc";
            return ours is null ? [everybodys] : [System.IO.Path.Combine(ours, "plait", "plaitrc"), everybodys];
        }
    }

    /// <summary>Reads the file that is named, or the first of the usual places that exists.</summary>
    /// <param name="named">What <c>-f</c> says, or null.</param>
    /// <param name="file">The file, or null.</param>
    /// <param name="error">Why there is none, for a person.</param>
    internal static bool TryLoad(
        string? named, [NotNullWhen(true)] out ConfigurationFile? file, [NotNullWhen(false)] out string? error)
    {
        (file, error) = (null, null);
        string? path = named ?? UsualPlaces.FirstOrDefault(File.Exists);
        if (path is null)
        {
            error = $"there is no plaitrc; looked for {string.Join(" and ", UsualPlaces)}; name one with -f FILE";
            return false;
        }

        if (Directory.Exists(path) || !File.Exists(path))
        {
            string what = Directory.Exists(path) ? $"{path} is a directory" : $"there is no file {System.IO.Path.GetFullPath(path)}";
            error = $"{what}; -f takes the path of a plaitrc";
            return false;
        }

        try
        {
            if (new FileInfo(path).Length > 4L * PlaitConfiguration.MaxTextLength)
            {
                error = $"{path} is larger than any plaitrc; is it the right file?";
                return false;
            }

            file = new(path, PlaitConfiguration.Parse(File.ReadAllText(path), System.IO.Path.GetFileName(path)));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = $"the plaitrc {path} cannot be read: {e.Message}";
            return false;
        }
    }
}
