namespace Plait.Wire.Tests.Addresses;

public sealed class UpstreamProxyTests
{
    [Theory] // V15, E22, E23
    [InlineData("socks5://127.0.0.1:1080", ProxyScheme.Socks5, "127.0.0.1:1080", null, null)]
    [InlineData("socks4a://u@127.0.0.1:1", ProxyScheme.Socks4a, "127.0.0.1:1", "u", null)]
    [InlineData("socks4a://127.0.0.1:1", ProxyScheme.Socks4a, "127.0.0.1:1", null, null)]
    [InlineData("http://[::1]:8080", ProxyScheme.Http, "[::1]:8080", null, null)]
    [InlineData("http://authenti cator@127.0.0.1:1", ProxyScheme.Http, "127.0.0.1:1", "authenti cator", null)]
    [InlineData("http://user:@127.0.0.1:1", ProxyScheme.Http, "127.0.0.1:1", "user", "")]
    [InlineData("socks5://us:er:p@ss/w@127.0.0.1:1", ProxyScheme.Socks5, "127.0.0.1:1", "us", "er:p@ss/w")]
    [InlineData("socks5://u%41:p%@127.0.0.1:1", ProxyScheme.Socks5, "127.0.0.1:1", "u%41", "p%")]
    public void TryParse_V15Good_Parsed(string uri, ProxyScheme scheme, string address, string? user, string? password)
    {
        Assert.True(UpstreamProxy.TryParse(uri, out UpstreamProxy? proxy, out string? error), error);
        Assert.Equal((scheme, address, user, password), (proxy.Scheme, AddressText.Format(proxy.Address), proxy.User, proxy.Password));
    }

    [Theory] // V15, E23b
    [InlineData("bogus")]
    [InlineData("http:")]
    [InlineData("//127.0.0.1")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.0.0.1:")]
    [InlineData("socks5://:1080")]
    [InlineData("socks5h://127.0.0.1:1080")]
    [InlineData("SOCKS5://127.0.0.1:1080")]
    [InlineData("http://localhost:8080")]
    [InlineData("http://127.0.0.1:80/")]
    [InlineData("http://127.0.0.1:80/path")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("socks4a://u:hunter2@127.0.0.1:1")]
    [InlineData("socks4a://u:@127.0.0.1:1")]
    [InlineData("socks5://hunter2@127.0.0.1:1")]
    [InlineData("socks5://hunter2:@127.0.0.1:1")]
    [InlineData("socks5://:hunter2@127.0.0.1:1")]
    [InlineData("socks5://@127.0.0.1:1")]
    [InlineData("")]
    public void TryParse_V15Bad_ErrorQuotesNothing(string uri)
    {
        Assert.False(UpstreamProxy.TryParse(uri, out _, out string? error));
        Assert.NotNull(error);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", error, StringComparison.Ordinal);
    }

    [Fact] // E23: credentials of RFC 1929
    public void TryParse_Socks5Credentials_UpTo255Bytes()
    {
        string longest = new('u', 255);
        Assert.True(UpstreamProxy.TryParse($"socks5://{longest}:{longest}@127.0.0.1:1", out _, out _));
        Assert.False(UpstreamProxy.TryParse($"socks5://{longest}u:p@127.0.0.1:1", out _, out _));
        Assert.False(UpstreamProxy.TryParse($"socks5://u:{longest}é@127.0.0.1:1", out _, out _));
    }

    [Fact] // Found by eng/fuzz upstream-proxy: it was accepted, and then every connection failed
    public void TryParse_Socks4aUser_NoLongerThanCanBeSent()
    {
        string longest = new('u', 510);
        Assert.True(UpstreamProxy.TryParse($"socks4a://{longest}@127.0.0.1:1", out UpstreamProxy? proxy, out _));
        SocksClientHandshake.ForProxy(proxy, new IPEndPoint(IPAddress.Loopback, 1));
        Assert.False(UpstreamProxy.TryParse($"socks4a://{longest}u@127.0.0.1:1", out _, out _));
    }

    [Theory] // E23, PARENT
    [InlineData(ProxyScheme.Socks5, "us:er", "p@ss/w", "socks5://us%3Aer:p%40ss%2Fw@127.0.0.1:1")]
    [InlineData(ProxyScheme.Socks5, null, null, "socks5://127.0.0.1:1")]
    [InlineData(ProxyScheme.Socks4a, "A-z0._~", null, "socks4a://A-z0._~@127.0.0.1:1")]
    [InlineData(ProxyScheme.Http, "a b!*'()é", null, "http://a%20b%21%2A%27%28%29%C3%A9@127.0.0.1:1")]
    public void Format_Credentials_PercentEncoded(ProxyScheme scheme, string? user, string? password, string expected) =>
        Assert.Equal(expected, new UpstreamProxy(scheme, new(IPAddress.Loopback, 1), user, password).Format());

    [Fact]
    public void ToString_CredentialsAndAddress_NeverShown() // G5
    {
        string text = new UpstreamProxy(ProxyScheme.Socks5, new(IPAddress.Loopback, 1), "alice", "hunter2").ToString();
        Assert.Equal("Socks5 proxy", text);
    }

    [Fact]
    public void TryParse_AnyText_AcceptsOrExplains() => Generators.ForAll(Generators.Text, text =>
        UpstreamProxy.TryParse("socks5://" + text + "@127.0.0.1:1", out _, out string? error) == (error is null)
        && UpstreamProxy.TryParse(text, out _, out error) == (error is null));
}
