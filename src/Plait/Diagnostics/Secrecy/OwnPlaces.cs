using System.Net;
using Plait.Wire.Addresses;

namespace Plait.Diagnostics.Secrecy;

/// <summary>
/// The listeners and state folders of Plait's own children. The port of a listener that an operator configured is no secret, nor is the
/// path of a folder of ours: a message about one has to name it. The address of a listener stays a secret (G5).
/// </summary>
internal sealed class OwnPlaces
{
    // Replaced as a whole, because it is read while entries are added. There is one for each program of the configuration.
    private volatile IReadOnlySet<IPEndPoint> _listeners = new HashSet<IPEndPoint>();
    private volatile IReadOnlySet<string> _folders = new HashSet<string>();

    /// <summary>Adds the listener of a child.</summary>
    internal void Add(IPEndPoint listener)
    {
        if (listener.Port != 0 && !_listeners.Contains(listener))
        {
            _listeners = new HashSet<IPEndPoint>(_listeners) { listener };
        }
    }

    /// <summary>Adds the state folder of a child: a full path.</summary>
    internal void Add(string folder)
    {
        if (!_folders.Contains(folder))
        {
            _folders = new HashSet<string>(_folders) { folder };
        }
    }

    /// <summary>How many characters at the end of a written address are the port of a listener of ours, with its colon; 0 if it is another's.</summary>
    internal int PortLength(ReadOnlySpan<char> address) =>
        _listeners.Count > 0 && AddressText.TryParse(address, out IPEndPoint? written) && _listeners.Any(listener => IsThere(listener, written))
            ? address.Length - address.LastIndexOf(':')
            : 0;

    /// <summary>The parts of a text from <paramref name="start"/> to before <paramref name="end"/> that are no path of ours.</summary>
    internal IEnumerable<(int Start, int End)> Besides(string text, int start, int end)
    {
        while (_folders.Count > 0 && FirstFolder(text, start, end) is var (at, length))
        {
            yield return (start, at);
            start = at + length;
        }

        yield return (start, end);
    }

    private (int At, int Length)? FirstFolder(string text, int start, int end)
    {
        (int At, int Length)? first = null;
        foreach (string folder in _folders)
        {
            int at = text.IndexOf(folder, start, end - start, StringComparison.Ordinal);
            if (at >= 0 && (first is not var (earliest, longest) || at < earliest || (at == earliest && folder.Length > longest)))
            {
                first = (at, folder.Length);
            }
        }

        return first;
    }

    /// <summary>A wildcard address of either family is written as that of the other, too.</summary>
    private static bool IsThere(IPEndPoint listener, IPEndPoint written) => listener.Equals(written)
        || (listener.Port == written.Port && IsAny(listener.Address) && IsAny(written.Address));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
