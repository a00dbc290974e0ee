using System.Text;

namespace Plait.Wire.Tests.Socks;

public sealed class HttpConnectHandshakeTests
{
    private const string Request = "CONNECT 192.0.2.3:443 HTTP/1.1\r\nHost: 192.0.2.3:443\r\n\r\n";

    private static readonly IPEndPoint s_target = new(IPAddress.Parse("192.0.2.3"), 443);

    [Theory] // the tunnel's first bytes are left unconsumed
    [InlineData("HTTP/1.1 200 Connection established\r\n\r\n")]
    [InlineData("HTTP/1.0 200 OK\r\nProxy-Agent: x\r\nVia: y\r\n\r\n")]
    [InlineData("HTTP/1.1 204\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\n\n")]
    public void Advance_2xxCutAnywhere_Completes(string response)
    {
        HttpConnectHandshake client = HandshakeRun.EveryCut(
            () => Create(), Hex.Ascii(response), HandshakeStep.Completed, Hex.Ascii(Request));
        Assert.InRange(client.Status!.Value, 200, 299);
        Assert.Equal("160301", HandshakeRun.Feed(Create(), [[.. Encoding.ASCII.GetBytes(response), 0x16, 3, 1]]).Left);
    }

    [Theory]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", 407, "credentials")]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nX: y\r\n\r\n", 502, "status 502")]
    [InlineData("HTTP/1.1 301 Moved\r\n\r\n", 301, "status 301")]
    [InlineData("HTTP/1.1 abc\r\n\r\n", null, "not HTTP")]
    [InlineData("HTTP/1.1 20\r\n\r\n", null, "not HTTP")]
    [InlineData("SSH-2.0-x\r\n\r\n", null, "not HTTP")]
    [InlineData("\n", null, "not HTTP")]
    public void Advance_OtherAnswersCutAnywhere_Rejected(string response, int? status, string reason)
    {
        HttpConnectHandshake client = HandshakeRun.EveryCut(
            () => Create(), Hex.Ascii(response), HandshakeStep.Rejected, Hex.Ascii(Request));
        Assert.Equal(status, client.Status);
        Assert.Contains(reason, client.Rejection, StringComparison.Ordinal);
    }

    [Theory] // E22: Basic, with what tor calls the authenticator
    [InlineData("Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==")]
    [InlineData("user", "", "dXNlcjo=")]
    [InlineData("authenticator", null, "YXV0aGVudGljYXRvcg==")]
    public void Advance_Credentials_BasicAuthorization(string user, string? password, string encoded)
    {
        string expected = Request[..^2] + $"Proxy-Authorization: Basic {encoded}\r\n\r\n";
        Assert.Equal(Hex.Ascii(expected), HandshakeRun.Feed(Create(user, password), []).Output);
    }

    [Theory]
    [InlineData("2001:db8::1", "[2001:db8::1]:80")]
    [InlineData("example.com", "example.com:80")]
    public void Advance_OtherTargets_Written(string host, string expected)
    {
        EndPoint target = IPAddress.TryParse(host, out IPAddress? address) ? new IPEndPoint(address, 80) : new DnsEndPoint(host, 80);
        var client = new HttpConnectHandshake(new(ProxyScheme.Http, s_target, null, null), target);
        Assert.Equal(Hex.Ascii($"CONNECT {expected} HTTP/1.1\r\nHost: {expected}\r\n\r\n"), HandshakeRun.Feed(client, []).Output);
    }

    [Theory] // pieces of the runner's buffer size and smaller; 64 KiB fit, one byte more does not
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(HandshakeLimits.BufferSize - 1)]
    public void Advance_HeadLength_Bounded(int piece)
    {
        byte[] Head(int length) => Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nX: ".PadRight(length - 4, 'x') + "\r\n\r\n");
        foreach (int length in (int[])[3000, HandshakeLimits.HttpHeadSize])
        {
            Assert.Equal(HandshakeStep.Completed, HandshakeRun.Feed(Create(), Head(length).Chunk(piece)).Step);
        }

        HttpConnectHandshake client = Create();
        Assert.Equal(HandshakeStep.Rejected, HandshakeRun.Feed(client, Head(HandshakeLimits.HttpHeadSize + 1).Chunk(piece)).Step);
        Assert.Contains("65536", client.Rejection, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_WhatIsNotHttp_Throws()
    {
        var http = new UpstreamProxy(ProxyScheme.Http, s_target, null, null);
        Assert.Throws<ArgumentException>(() => new HttpConnectHandshake(http with { Scheme = ProxyScheme.Socks5 }, s_target));
        Assert.Throws<ArgumentException>(() => new HttpConnectHandshake(http, new DnsEndPoint("a\r\nX: y", 80)));
    }

    [Fact]
    public void Advance_AnyBytes_CompletesOnlyOn2xx() => Generators.ForAll(Generators.Bytes, bytes =>
        HandshakeRun.Feed(Create(), [bytes, [.. "\r\n\r\n"u8]]).Step == HandshakeStep.Rejected);

    private static HttpConnectHandshake Create(string? user = null, string? password = null) =>
        new(new(ProxyScheme.Http, new(IPAddress.Loopback, 1), user, password), s_target);
}
