using System.Net;
using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Storage;
using Plait.Wire.Addresses;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>
/// Remembers across starts where the wire transports of a bridge listened, and what address each announced. A port that tor
/// leaves open is the one of the first start from then on, and a chain whose program is late can be announced.
/// </summary>
/// <remarks>
/// A line for each chain: its alias, where its transport listened, what it announced. tor gives back what was announced (M24), and
/// some programs announce an address that they invented (webtunnel, R1): nothing can listen there.
/// The file is readable by our user alone.
/// </remarks>
internal sealed class PublicAddresses
{
    private readonly string _path;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <param name="directory">Where the file stands.</param>
    /// <param name="logger">Receives a warning if the file cannot be read or written.</param>
    internal PublicAddresses(string directory, ILogger logger)
    {
        _logger = logger;
        _path = Path.Combine(directory, "server.addresses");
        try
        {
            foreach (string line in StateFile.ReadLines(_path))
            {
                if (line.Split(' ') is [var alias, var bound, var announced] && TransportName.IsValid(alias)
                    && AddressText.TryParse(bound, out IPEndPoint? listensAt) && AddressText.TryParse(announced, out IPEndPoint? announces))
                {
                    _entries[alias] = new(listensAt, announces);
                }
            }
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            NotKept(e);
        }
    }

    /// <summary>Where a chain's transport is to listen, for an address that tor asks for.</summary>
    /// <param name="alias">The chain.</param>
    /// <param name="asked">What tor, or the plaitrc, asks for; port 0 for any.</param>
    internal IPEndPoint Resolve(string alias, IPEndPoint asked)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(alias, out Entry? known)
                && (asked.Equals(known.Announced) || (asked.Port == 0 && asked.Address.Equals(known.Bound.Address)))
                ? known.Bound
                : asked;
        }
    }

    /// <summary>What the chain's transport announced when it last listened at <paramref name="bound"/>; null if it never did.</summary>
    internal IPEndPoint? Announced(string alias, IPEndPoint bound)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(alias, out Entry? known) && known.Bound.Equals(bound) ? known.Announced : null;
        }
    }

    /// <summary>Remembers where a chain's transport listens, and what it announces.</summary>
    internal void Remember(string alias, IPEndPoint bound, IPEndPoint announced)
    {
        var entry = new Entry(bound, announced);
        lock (_lock)
        {
            if (_entries.TryGetValue(alias, out Entry? known) && known == entry)
            {
                return;
            }

            _entries[alias] = entry;
            Save();
        }
    }

    private void Save()
    {
        try
        {
            StateFile.Replace(_path, _entries.Select(entry =>
                $"{entry.Key} {AddressText.Format(entry.Value.Bound)} {AddressText.Format(entry.Value.Announced)}"));
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            NotKept(e);
        }
    }

    private void NotKept(Exception e) => ProcessLog.StateNotKept(_logger, $"where the chains listen", SafeText.Own(e.Message));

    private sealed record Entry(IPEndPoint Bound, IPEndPoint Announced)
    {
        /// <summary>Without addresses (G5).</summary>
        public override string ToString() => nameof(Entry);
    }
}
