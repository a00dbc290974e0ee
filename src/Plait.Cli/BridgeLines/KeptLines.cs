using Plait.Diagnostics.Failures;
using Plait.Processes;
using Plait.Storage;
using Plait.Wire.Torrc;

namespace Plait.Cli.BridgeLines;

/// <summary>A bridge line that a bridge or a far end has kept.</summary>
/// <param name="Chain">The name of the chain or tunnel.</param>
/// <param name="Line">The line, with placeholders.</param>
/// <param name="Location">The state location.</param>
internal sealed record KeptLine(string Chain, BridgeLineTemplate Line, string Location);

/// <summary>The files with bridge lines in a state location: those of bridges under tor, and those of <c>plait serve</c>.</summary>
internal static class KeptLines
{
    private const int MaxFiles = 4096; // far beyond any real bridge (G6)

    /// <summary>Finds them.</summary>
    /// <param name="locations">State locations. One that is not there is passed over, and one of several that cannot be read.</param>
    /// <param name="plaitrc">The file name of a plaitrc whose chains alone are meant; or null.</param>
    /// <param name="notes">Gets which location cannot be read, where others have lines.</param>
    /// <exception cref="LineException">There are none.</exception>
    internal static IReadOnlyList<KeptLine> Find(IReadOnlyList<string> locations, string? plaitrc, Action<string> notes)
    {
        var found = new List<KeptLine>();
        var unreadable = new List<string>();
        foreach (string location in locations)
        {
            try
            {
                found.AddRange(In(location, plaitrc));
            }
            catch (Exception e) when (DiskErrors.IsOne(e))
            {
                unreadable.Add($"the state in {location} cannot be read: {e.Message}; run this as the user of the bridge, as in sudo -u debian-tor plait bridge-line");
            }
        }

        if (found.Count > 0)
        {
            unreadable.ForEach(notes);
            return found;
        }

        throw unreadable is [var first, ..] ? new LineException(ExitCode.InputOutput, first) : new LineException(ExitCode.NoInput,
            $"there is no bridge line in {string.Join(" or ", locations)}; the bridge has no keys before its first start: start it once, or name its state with --state DIR");
    }

    private static IEnumerable<KeptLine> In(string location, string? plaitrc)
    {
        string home = StateDirectories.HomeOf(location);
        ThrowIfHidden(home);
        if (!Directory.Exists(home))
        {
            return [];
        }

        // What plait serve has finished comes before what the same chain keeps with placeholders.
        string[] folders = plaitrc is null ? [.. Directory.EnumerateDirectories(home).Order(StringComparer.Ordinal)] : [StateDirectories.RootOf(location, plaitrc)];
        IEnumerable<string> files = (plaitrc is null ? [location] : Array.Empty<string>()).Concat(folders).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*" + StateDirectories.BridgeLineSuffix).Order(StringComparer.Ordinal)).Take(MaxFiles);
        return from file in files.ToList()
               let line = StateFile.ReadText(file) is { } text ? BridgeLineTemplate.Find(text) : null
               where line is not null
               group new KeptLine(Path.GetFileName(file)[..^StateDirectories.BridgeLineSuffix.Length], line, location) by Path.GetFileName(file) into same
               select same.First();
    }

    /// <summary>What may not be looked at looks as if it were not there.</summary>
    private static void ThrowIfHidden(string path)
    {
        try
        {
            _ = File.GetAttributes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // It is not there.
        }
    }
}
