using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>Reads the values of a tunnel's options. A problem is a sentence without a full stop; it repeats no address and no argument
/// (G5).</summary>
internal static class TunnelText
{
    internal const string PlaceForm = "ADDR:PORT, unix:PATH, systemd[:NAME], or - for stdin and stdout";

    internal const string ServiceForm = "HOST:PORT or unix:PATH, with NAME= before it if there are several";

    private const string UnixPrefix = "unix:";
    private const string Activated = "systemd";

    /// <summary>Where an end accepts.</summary>
    internal static WrittenPlace? Place(string text, out string? error)
    {
        error = null;
        if (text == "-")
        {
            return new WrittenPlace.Standard();
        }

        if (text == Activated || text.StartsWith($"{Activated}:", StringComparison.Ordinal))
        {
            return new WrittenPlace.Activated(text == Activated ? null : text[(Activated.Length + 1)..]);
        }

        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            error = PathProblem(text[UnixPrefix.Length..]);
            return error is null ? new WrittenPlace.Unix(text[UnixPrefix.Length..]) : null;
        }

        if (AddressText.TryParse(text, out IPEndPoint? address))
        {
            return new WrittenPlace.Tcp(address);
        }

        error = "is no IP address with a port";
        return null;
    }

    /// <summary>A service: <see cref="ServiceForm"/>.</summary>
    internal static WrittenService? Service(string text, out string? error)
    {
        string? name = null;
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0 && !text.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            name = text[..equals];
            text = text[(equals + 1)..];
            if (!IsServiceName(name))
            {
                error = "has a name that is none: use letters, digits, - and _";
                return null;
            }
        }

        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            error = PathProblem(text[UnixPrefix.Length..]);
            return error is null ? new(name, null, text[UnixPrefix.Length..]) : null;
        }

        EndPoint? address = Target(text, out error);
        return address is null ? null : new(name, address, null);
    }

    /// <summary>An address with a port that can be connected to.</summary>
    internal static EndPoint? Target(string text, out string? error)
    {
        error = null;
        if (AddressText.TryParse(text, out IPEndPoint? address))
        {
            error = address.Port == 0 ? "has the port 0" : null;
            return error is null ? address : null;
        }

        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? text : text[..colon];
        if (colon < 0 || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
        {
            error = "has no port after a colon";
            return null;
        }

        if (Uri.CheckHostName(host) != UriHostNameType.Dns)
        {
            error = host.Contains(':', StringComparison.Ordinal) ? "has an IPv6 address without brackets" : "has no host name and no IP address";
            return null;
        }

        return new DnsEndPoint(host, port);
    }

    /// <summary>An argument: <c>KEY=VALUE</c> for all hops, or <c>HOP:KEY=VALUE</c> for one, counted from 0.</summary>
    internal static bool TryArgument(string text, [NotNullWhen(true)] out PtArgument? argument)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        argument = null;
        if (equals < 1)
        {
            return false;
        }

        if (colon < 0 || colon > equals)
        {
            argument = new(text[..equals], text[(equals + 1)..]);
            return true;
        }

        if (colon == equals - 1 || !byte.TryParse(text[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out byte hop))
        {
            return false;
        }

        argument = ChainArguments.NameFor(hop, new(text[(colon + 1)..equals], text[(equals + 1)..]));
        return true;
    }

    /// <summary>Whether a chain is written as a chain, or as the name of one.</summary>
    internal static bool IsChain(string text) => text.Split('|', StringSplitOptions.TrimEntries).All(name => TransportName.IsValid(name));

    /// <summary>The name of a service. SOCKS carries it as a host name.</summary>
    internal static bool IsServiceName(string name) =>
        name.Length is > 0 and <= 63 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');

    /// <summary>Whether a service can be connected to from any address of 127/8.</summary>
    internal static bool IsLoopbackV4(WrittenService service) =>
        service.Address is IPEndPoint { AddressFamily: AddressFamily.InterNetwork } address && IPAddress.IsLoopback(address.Address);

    private static string? PathProblem(string path) =>
        path.Length == 0 ? "names no path after unix:"
        : path.Contains('\0', StringComparison.Ordinal) ? "has a NUL in its path"
        : !Connections.UnixSockets.Fits(path) ? "has a path that is too long for a socket: at most 107 bytes"
        : null;
}
