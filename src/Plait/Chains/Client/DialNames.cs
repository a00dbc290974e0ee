using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.Wire.Arguments;

namespace Plait.Chains.Client;

/// <summary>
/// The addresses that an indirect transport may dial for a connection, as <c>HOST:PORT</c>: webtunnel the host of <c>url</c> or of
/// <c>addr</c> (W5), meek_lite the host of <c>url</c>, or one of its fronts (K4).
/// </summary>
internal static class DialNames
{
    private static readonly int[] s_schemePorts = [80, 443];

    /// <summary>The name of a dialled address.</summary>
    internal static string Of(EndPoint dialled) => dialled switch
    {
        IPEndPoint address => Name(address.Address.ToString(), address.Port),
        DnsEndPoint host => Name(host.Host, host.Port),
        _ => "",
    };

    /// <summary>The names in a hop's arguments; empty if they name no address.</summary>
    internal static HashSet<string> Of(PtArguments arguments)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (PtArgument argument in arguments)
        {
            switch (argument.Key)
            {
                case "url":
                    AddUrl(names, argument.Value);
                    break;
                case "addr":
                    AddHost(names, argument.Value);
                    break;
                case "front" or "fronts":
                    AddHosts(names, argument.Value.Split(','));
                    break;
                case "targets": // url|front1+front2,url2|front3
                    AddTargets(names, argument.Value);
                    break;
            }
        }

        return names;
    }

    private static void AddTargets(HashSet<string> names, string value)
    {
        foreach (string target in value.Split(','))
        {
            string[] parts = target.Split('|', 2);
            AddUrl(names, parts[0]);
            if (parts.Length > 1)
            {
                AddHosts(names, parts[1].Split('+'));
            }
        }
    }

    private static void AddUrl(HashSet<string> names, string value)
    {
        if (Uri.TryCreate(value, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" && url.Host.Length > 0)
        {
            names.Add(Name(url.IdnHost, url.Port));
            names.Add(Name(url.Host, url.Port)); // as written: not every program encodes it
        }
    }

    private static void AddHosts(HashSet<string> names, string[] hosts)
    {
        foreach (string host in hosts)
        {
            AddHost(names, host);
        }
    }

    /// <summary>HOST:PORT, or HOST alone for the ports of http and https.</summary>
    private static void AddHost(HashSet<string> names, string value)
    {
        int colon = value.LastIndexOf(':');
        bool bracketed = value.EndsWith(']') || value.Count(c => c == ':') > 1 && !value.StartsWith('[');
        if (value.Length == 0)
        {
            return;
        }

        if (colon > 0 && !bracketed && int.TryParse(value.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port))
        {
            names.Add(Name(value[..colon], port));
            return;
        }

        names.UnionWith(s_schemePorts.Select(each => Name(value, each)));
    }

    private static string Name(string host, int port)
    {
        string bare = host.Trim('[', ']').TrimEnd('.');
        string one = IPAddress.TryParse(bare, out IPAddress? address)
            ? (address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address).ToString()
            : bare.ToLowerInvariant();
        return string.Create(CultureInfo.InvariantCulture, $"{one}:{port}");
    }
}
