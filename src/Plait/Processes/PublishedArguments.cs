using System.Text;
using Microsoft.Extensions.Logging;
using Org.BouncyCastle.Crypto.Digests;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Storage;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>
/// Remembers across starts the arguments that a server child's transports announce for their clients (SMETHOD ARGS). A chain whose child
/// cannot be started can be announced all the same, with the arguments that its bridge lines have carried so far: they depend
/// on the child's state directory and on its options, not on a running child.
/// </summary>
/// <remarks>
/// A line for each transport: its name, a digest of the options it was started with, its arguments as in an SMETHOD line. With
/// other options the arguments may be others, so what was remembered is then not known. The file stands beside the state
/// directory and is readable by our user alone.
/// </remarks>
internal sealed class PublishedArguments
{
    private readonly string _path;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private bool _failed;

    /// <param name="stateDirectory">The child's state directory.</param>
    /// <param name="logger">Receives one warning if they cannot be written.</param>
    internal PublishedArguments(string stateDirectory, ILogger logger)
    {
        _logger = logger;
        _path = FileOf(stateDirectory);
        try
        {
            StateFile.ReadLines(_path).ForEach(Load);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            // Then nothing is known until the child has run.
        }
    }

    /// <summary>The file of a state directory.</summary>
    internal static string FileOf(string stateDirectory) => stateDirectory + ".arguments";

    /// <summary>The arguments that the transport announced when it was last started with these options, or null.</summary>
    internal PtArguments? Find(string transport, PtArguments options)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(transport, out Entry? entry) && entry.Options == Digest(options) ? entry.Arguments : null;
        }
    }

    /// <summary>Remembers the arguments of a transport.</summary>
    internal void Remember(string transport, PtArguments options, PtArguments arguments)
    {
        var entry = new Entry(Digest(options), arguments);
        lock (_lock)
        {
            if (_entries.TryGetValue(transport, out Entry? known) && known == entry)
            {
                return;
            }

            _entries[transport] = entry;
            Save();
        }
    }

    private void Load(string line)
    {
        if (line.Split(' ') is [var transport, var options, var text] &&
            TransportName.IsValid(transport) && PtArguments.TryParseServer(text, out PtArguments arguments, out _))
        {
            _entries[transport] = new(options, arguments);
        }
    }

    private void Save()
    {
        try
        {
            StateFile.Replace(_path, _entries.Select(entry => // half a cert must not be published
                $"{entry.Key} {entry.Value.Options} {entry.Value.Arguments.FormatServer()}"));
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            if (!_failed) // each restart of the child comes here
            {
                _failed = true;
                ProcessLog.StateNotKept(_logger, $"the arguments of bridge lines", SafeText.Own(e.Message));
            }
        }
    }

    private static string Digest(PtArguments options)
    {
        var sha256 = new Sha256Digest();
        sha256.BlockUpdate(Encoding.UTF8.GetBytes(options.FormatServer()));
        byte[] hash = new byte[sha256.GetDigestSize()];
        sha256.DoFinal(hash);
        return Convert.ToHexStringLower(hash.AsSpan(0, 16));
    }

    private sealed record Entry(string Options, PtArguments Arguments)
    {
        /// <summary>Nothing of what it holds (G5).</summary>
        public override string ToString() => nameof(Entry);
    }
}
