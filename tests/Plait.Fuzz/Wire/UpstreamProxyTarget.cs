using System.Net;
using Plait.Fuzz.Engine;
using Plait.Wire.Addresses;
using Plait.Wire.Socks;

namespace Plait.Fuzz.Wire;

/// <summary>TOR_PT_PROXY.</summary>
internal sealed class UpstreamProxyTarget : FuzzTarget
{
    internal override string Name => "upstream-proxy";

    internal override string Invariant =>
        "what is read is written so that a URL parser that decodes gets the same credentials; whatever was accepted can be "
        + "spoken to; an error repeats nothing";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "socks5://", "socks4a://", "http://", "socks5h://", "127.0.0.1:1080", "[::1]:8080", "user:password@", "u@", ":@", "@",
        ":", "/", "%40", "%", "localhost:1", " ", "\xc3\xa9", "\x00", "#", "?"
    ];

    internal override string Run(byte[] input)
    {
        string text = Text.Of(input);
        bool read = UpstreamProxy.TryParse(text, out UpstreamProxy? proxy, out string? error);
        Check.That(read == (error is null) && read == (proxy is not null), "a proxy or an error");
        if (!read)
        {
            Check.OneLine(error!, "the error");
            return Behaviour.Words(error);
        }

        CheckWritten(proxy!);
        CheckSpokenTo(proxy!);
        return Behaviour.Of(proxy!.Scheme, proxy.Address.AddressFamily, proxy.User?.Length > 0, proxy.Password?.Length > 0);
    }

    private static void CheckWritten(UpstreamProxy proxy)
    {
        string written = proxy.Format();
        Check.OneLine(written, "what is written");
        string rest = written[(written.IndexOf("://", StringComparison.Ordinal) + 3)..];
        int at = rest.IndexOf('@', StringComparison.Ordinal);
        Check.That(at == rest.LastIndexOf('@'), "credentials are encoded");
        Check.Equal(proxy.User is null, at < 0, "credentials are written if there are any");
        string[] credentials = at < 0 ? [] : [.. rest[..at].Split(':').Select(Uri.UnescapeDataString)];
        Check.Equal(proxy.User, credentials.ElementAtOrDefault(0), "the user");
        Check.Equal(proxy.Password, credentials.ElementAtOrDefault(1), "the password");
        Check.That(
            AddressText.TryParse(rest.AsSpan(at + 1), out IPEndPoint? address) && address.Port == proxy.Address.Port,
            "the address");
    }

    private static void CheckSpokenTo(UpstreamProxy proxy)
    {
        var target = new IPEndPoint(new IPAddress([192, 0, 2, 1]), 443);
        if (proxy.Scheme == ProxyScheme.Http)
        {
            _ = new HttpConnectHandshake(proxy, target);
            return;
        }

        try
        {
            SocksClientHandshake.ForProxy(proxy, target);
        }
        catch (ArgumentException e)
        {
            throw new InvariantException($"whatever was accepted can be spoken to: {e.Message}");
        }
    }
}
