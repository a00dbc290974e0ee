using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using Plait.Wire.Addresses;
using Plait.Wire.Handshakes;

namespace Plait.Wire.Socks;

/// <summary>HTTP CONNECT through an upstream proxy (RFC 9110 section 9.3.6).</summary>
/// <param name="proxy">The proxy. Its credentials are sent as Basic authorization, which is the meaning of tor's authenticator (E22).</param>
/// <param name="target">An <see cref="IPEndPoint"/>, or a <see cref="DnsEndPoint"/> for the proxy to resolve.</param>
/// <exception cref="ArgumentException">The proxy is not an HTTP proxy, or the target cannot be written.</exception>
public sealed class HttpConnectHandshake(UpstreamProxy proxy, EndPoint target) : IHandshake
{
    private enum Line : byte
    {
        Begins,
        HasReturn,
        HasText,
    }

    private readonly byte[] _request = FormatRequest(proxy, target);
    private readonly byte[] _beginning = new byte["HTTP/1.1 200 ".Length]; // the part of the head that is read; the rest is only counted
    private int _length;
    private Line _line;
    private HandshakeStep _step = HandshakeStep.Continue;
    private bool _sent;

    /// <summary>The status code of the response; null until it has come.</summary>
    public int? Status { get; private set; }

    /// <inheritdoc/>
    public string? Rejection { get; private set; }

    /// <inheritdoc/>
    public HandshakeStep Advance(ReadOnlySpan<byte> input, out int consumed, IBufferWriter<byte> output)
    {
        consumed = 0;
        if (!_sent)
        {
            output.Write(_request);
            _sent = true;
        }

        if (_step != HandshakeStep.Continue)
        {
            return _step;
        }

        while (consumed < input.Length)
        {
            if (_length == HandshakeLimits.HttpHeadSize)
            {
                return Reject($"the proxy's response head exceeds {HandshakeLimits.HttpHeadSize} bytes");
            }

            if (EndsHead(input[consumed++]))
            {
                return Judge();
            }
        }

        return HandshakeStep.Continue;
    }

    /// <summary>
    /// Takes one byte of the head, which ends with an empty line. A lone LF also ends a line: RFC 9112 section 2.2 allows readers to accept it.
    /// </summary>
    private bool EndsHead(byte next)
    {
        if (_length < _beginning.Length)
        {
            _beginning[_length] = next;
        }

        _length++;
        bool isEmpty = _line != Line.HasText;
        _line = next == '\n' ? Line.Begins : _line == Line.Begins && next == '\r' ? Line.HasReturn : Line.HasText;
        return next == '\n' && isEmpty;
    }

    private HandshakeStep Judge()
    {
        Status = ParseStatus(_beginning.AsSpan(0, Math.Min(_length, _beginning.Length)));
        return _step = Status switch
        {
            >= 200 and < 300 => HandshakeStep.Completed,
            null => Reject("the proxy's response is not HTTP"),
            407 => Reject("the proxy refused our credentials, or requires some (status 407)"),
            _ => Reject(string.Create(CultureInfo.InvariantCulture, $"the proxy refused the connection (status {Status})")),
        };
    }

    private HandshakeStep Reject(string why)
    {
        Rejection = why;
        return _step = HandshakeStep.Rejected;
    }

    // "HTTP/1.1 200 Connection established"
    private static int? ParseStatus(ReadOnlySpan<byte> head)
    {
        const int CodeAt = 9;
        const int CodeLength = 3;
        bool http = head.StartsWith("HTTP/1."u8) && head.Length > CodeAt + CodeLength && head[CodeAt - 1] == ' ';
        bool parsed = int.TryParse(
            http ? head.Slice(CodeAt, CodeLength) : [], NumberStyles.None, CultureInfo.InvariantCulture, out int status);
        return parsed && status >= 100 ? status : null;
    }

    private static byte[] FormatRequest(UpstreamProxy proxy, EndPoint target)
    {
        if (proxy.Scheme != ProxyScheme.Http)
        {
            throw new ArgumentException("A SOCKS proxy does not speak HTTP.", nameof(proxy));
        }

        if (target is DnsEndPoint dns)
        {
            SocksHost.Encode(dns.Host); // throws if the host holds a line end, which would start another header
        }

        string address = AddressText.Format(target);
        string user = proxy.User ?? "";
        string credentials = proxy.Password is null ? user : $"{user}:{proxy.Password}";
        var request = new StringBuilder($"CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n");
        if (credentials.Length > 0)
        {
            string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));
            request.Append("Proxy-Authorization: Basic ").Append(encoded).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(request.Append("\r\n").ToString());
    }
}
