using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using Plait.Wire.Handshakes;

namespace Plait.Wire.ProxyProtocol;

/// <summary>
/// Reads the header of HAProxy's PROXY protocol, version 1 or 2, which the side that connects sends before any other byte (H1). It is for
/// receivers that expect one: a connection without it is rejected.
/// </summary>
/// <remarks>Bytes after the header are payload and stay unconsumed (H7). Nothing is sent.</remarks>
public sealed class ProxyHeaderHandshake : StagedHandshake
{
    /// <summary>Longest header of version 1, with its CRLF (H2).</summary>
    private const int MaxLineLength = 107;

    private const int FixedLength = 16;
    private const int IPv4Length = 12;
    private const int IPv6Length = 36;

    private int _toSkip = -1; // what follows the addresses of a header of version 2, once they are read

    private static ReadOnlySpan<byte> LineBegin => "PROXY "u8;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>
    /// The client's address and port, IPv4-mapped addresses as IPv4. Null until the header is read, and if the header names none: UNKNOWN in
    /// version 1, LOCAL or an unspecified family in version 2 (H2, H5).
    /// </summary>
    public IPEndPoint? Source { get; private set; }

    private protected override bool TryStage(ref HandshakeTurn turn)
    {
        if (_toSkip >= 0)
        {
            _toSkip = turn.Skip(_toSkip);
            return _toSkip == 0 && Complete();
        }

        return turn.Unread.IsEmpty ? false
            : turn.Unread[0] == Signature[0] ? ReadBinary(ref turn)
            : ReadLine(ref turn);
    }

    private bool ReadLine(ref HandshakeTurn turn)
    {
        int known = Math.Min(turn.Unread.Length, LineBegin.Length);
        if (!turn.Unread[..known].SequenceEqual(LineBegin[..known]))
        {
            return Reject(ref turn, "the connection does not begin with a PROXY header");
        }

        int end = turn.Unread.IndexOf((byte)'\n');
        if (end >= MaxLineLength || (end < 0 && turn.Unread.Length >= MaxLineLength))
        {
            return Reject(ref turn, $"the PROXY header has more than {MaxLineLength} bytes");
        }

        if (end < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> line = turn.Unread[..end];
        if (line[^1] != '\r' || line.IndexOf((byte)'\r') != line.Length - 1 || !TryReadWords(Encoding.ASCII.GetString(line[..^1]).Split(' ')))
        {
            return Reject(ref turn, "the PROXY header cannot be read");
        }

        turn.Skip(end + 1);
        return Complete();
    }

    /// <summary><c>PROXY TCP4|TCP6 SOURCE DESTINATION PORT PORT</c>, with single blanks, or <c>PROXY UNKNOWN</c> and anything (H2).</summary>
    private bool TryReadWords(string[] words)
    {
        if (words[1] == "UNKNOWN")
        {
            return true;
        }

        bool isIPv6 = words[1] == "TCP6";
        if (words.Length != 6 || words[1] is not ("TCP4" or "TCP6")
            || !TryReadAddress(words[2], isIPv6, out IPAddress? source) || !TryReadAddress(words[3], isIPv6, out _)
            || !TryReadPort(words[4], out int port) || !TryReadPort(words[5], out _))
        {
            return false;
        }

        Source = EndPoint(source, port);
        return true;
    }

    private static bool TryReadAddress(string text, bool isIPv6, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null; // of IPv4 dots and decimals, and no other form
        return !text.AsSpan().ContainsAny("[%") && IPAddress.TryParse(text, out address)
            && text.Contains(':', StringComparison.Ordinal) == isIPv6 && (isIPv6 || address.ToString() == text);
    }

    private static bool TryReadPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port <= ushort.MaxValue && (text.Length == 1 || text[0] != '0');

    private bool ReadBinary(ref HandshakeTurn turn)
    {
        int known = Math.Min(turn.Unread.Length, Signature.Length);
        if (!turn.Unread[..known].SequenceEqual(Signature[..known]))
        {
            return Reject(ref turn, "the connection does not begin with a PROXY header");
        }

        if (turn.Unread.Length < FixedLength)
        {
            return false;
        }

        byte command = turn.Unread[12], family = turn.Unread[13];
        int length = BinaryPrimitives.ReadUInt16BigEndian(turn.Unread[14..]);
        if (command is not (0x20 or 0x21))
        {
            return Reject(ref turn, "the PROXY header is of a version or a command that is not known");
        }

        int needed = (command, family) switch // H4
        {
            (0x20, _) => 0, // LOCAL: whatever the family, the addresses mean nothing (H5)
            (_, 0x11) => IPv4Length,
            (_, 0x21) => IPv6Length,
            (_, 0x00 or 0x31) => 0, // unspecified, or a Unix socket: no address of a network
            _ => -1,
        };
        if (needed < 0 || length < needed)
        {
            return Reject(ref turn, needed < 0 ? "the PROXY header is not of a TCP connection" : "the PROXY header is too short for its addresses");
        }

        if (!turn.TryTake(FixedLength + needed, out ReadOnlySpan<byte> header))
        {
            return false;
        }

        if (needed > 0)
        {
            ReadOnlySpan<byte> addresses = header[FixedLength..];
            int size = needed == IPv4Length ? 4 : 16;
            Source = EndPoint(new(addresses[..size]), BinaryPrimitives.ReadUInt16BigEndian(addresses[(2 * size)..]));
        }

        _toSkip = length - needed;
        return true;
    }

    private static IPEndPoint EndPoint(IPAddress address, int port) => new(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);
}
