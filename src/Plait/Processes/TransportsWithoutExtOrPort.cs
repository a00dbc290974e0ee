using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Storage;
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
    private readonly SortedSet<string> _withoutExtOrPort = new(StringComparer.Ordinal);

    /// <param name="directory">Where the file stands.</param>
    /// <param name="logger">Receives a warning if the file cannot be read or written.</param>
    internal TransportsWithoutExtOrPort(string directory, ILogger logger)
    {
        _logger = logger;
        _path = Path.Combine(directory, "server.orport");
        try
        {
            _withoutExtOrPort.UnionWith(StateFile.ReadLines(_path).Where(line => TransportName.IsValid(line)));
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            NotKept(e); // it is learned again
        }
    }

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
                StateFile.Replace(_path, _withoutExtOrPort);
            }
            catch (Exception e) when (DiskErrors.IsOne(e))
            {
                NotKept(e);
            }
        }
    }

    private void NotKept(Exception e) =>
        ProcessLog.StateNotKept(_logger, $"the list of transports without Extended ORPort", SafeText.Own(e.Message));
}
