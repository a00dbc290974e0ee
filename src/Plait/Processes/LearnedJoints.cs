using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>
/// Remembers across starts which server transports turned out not to speak the Extended ORPort, so that the next start
/// gives each of their positions a process and a listener of its own.
/// </summary>
internal sealed class LearnedJoints
{
    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _withoutExtOrPort;

    /// <param name="directory">Where the file stands; it exists.</param>
    internal LearnedJoints(string directory)
    {
        _path = Path.Combine(directory, "server.orport");
        _withoutExtOrPort = File.Exists(_path)
            ? new(File.ReadLines(_path).Take(MaxRemembered).Where(line => TransportName.IsValid(line)), StringComparer.Ordinal)
            : new(StringComparer.Ordinal);
    }

    private const int MaxRemembered = 1024; // far beyond any real configuration; keeps the file bounded (G6)

    /// <summary>The transports known so far.</summary>
    internal IReadOnlySet<string> WithoutExtOrPort => _withoutExtOrPort;

    /// <summary>Remembers these too. Delete the file to make Plait look again.</summary>
    internal void Remember(IReadOnlyList<string> transports)
    {
        lock (_lock)
        {
            _withoutExtOrPort.UnionWith(transports);
            try
            {
                File.WriteAllLines(_path, _withoutExtOrPort);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Then it is learned again next time.
            }
        }
    }
}
