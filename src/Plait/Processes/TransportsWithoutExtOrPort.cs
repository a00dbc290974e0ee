using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>
/// Remembers across starts which server transports turned out not to speak the Extended ORPort, so that the next start
/// gives each of their positions a process and a listener of its own.
/// </summary>
internal sealed class TransportsWithoutExtOrPort
{
    private readonly string _path;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _withoutExtOrPort;

    /// <param name="directory">Where the file stands.</param>
    /// <param name="logger">Receives a warning if the file cannot be read or written.</param>
    internal TransportsWithoutExtOrPort(string directory, ILogger logger)
    {
        _logger = logger;
        _path = Path.Combine(directory, "server.orport");
        try
        {
            _withoutExtOrPort = File.Exists(_path)
                ? new(File.ReadLines(_path).Take(MaxRemembered).Where(line => TransportName.IsValid(line)), StringComparer.Ordinal)
                : new(StringComparer.Ordinal);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            _withoutExtOrPort = new(StringComparer.Ordinal); // it is learned again
            ProcessLog.StateNotKept(_logger, $"the list of transports without Extended ORPort", SafeText.Own(e.Message));
        }
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
                PrivateFile.Replace(_path, _withoutExtOrPort);
            }
            catch (Exception e) when (DiskErrors.IsOne(e))
            {
                ProcessLog.StateNotKept(_logger, $"the list of transports without Extended ORPort", SafeText.Own(e.Message));
            }
        }
    }
}
