using System.Buffers;
using System.Net;
using System.Text;
using Plait.Fuzz.Engine;
using Plait.Wire.Addresses;
using Plait.Wire.Socks;

namespace Plait.Fuzz.Wire;

/// <summary>The CONNECT that we write. Three lines: host, user, password.</summary>
internal sealed class HttpRequestTarget : FuzzTarget
{
    internal override string Name => "http-request";

    internal override string Invariant =>
        "whatever host and credentials: one CONNECT line, one Host line, at most one authorization, and nothing more";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "example.com", "\r", "\r\n", "\n", " ", "\x00", "\xc3\xa9", "@", ":", "/", "X: y"
    ];

    internal override string Run(byte[] input)
    {
        string[] parts = Text.Of(input).Split('\n', 3);
        string host = parts[0];
        if (host.Length is 0 or > 1000)
        {
            return "";
        }

        var proxy = new UpstreamProxy(
            ProxyScheme.Http, new(IPAddress.Loopback, 1), parts.ElementAtOrDefault(1), parts.ElementAtOrDefault(2));
        HttpConnectHandshake handshake;
        try
        {
            handshake = new(proxy, new DnsEndPoint(host, 443));
        }
        catch (ArgumentException e)
        {
            return Behaviour.Of("refused", Behaviour.Words(e.Message));
        }

        var output = new ArrayBufferWriter<byte>();
        handshake.Advance([], out _, output);
        string[] lines = Encoding.Latin1.GetString(output.WrittenSpan).Split("\r\n");
        bool authorized = !string.IsNullOrEmpty(proxy.User) || proxy.Password is not null;
        Check.That(
            lines.Length == (authorized ? 5 : 4) && lines[^1].Length == 0 && lines[^2].Length == 0,
            "as many lines as there should be");
        Check.Equal($"CONNECT {host}:443 HTTP/1.1", lines[0], "the first line");
        Check.Equal($"Host: {host}:443", lines[1], "the second line");
        Array.ForEach(lines, line => Check.OneLine(line, "a header"));
        return Behaviour.Of(authorized, proxy.Password is null ? "" : "password", host.Length);
    }
}
