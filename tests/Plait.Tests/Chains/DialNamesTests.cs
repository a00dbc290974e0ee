using System.Net;
using Plait.Chains.Client;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>What the arguments of an indirect transport name, and what it dials, as one and the same text.</summary>
public class DialNamesTests
{
    [Theory]
    [InlineData("url=https://Example.com/p", "example.com:443")]
    [InlineData("url=http://example.com:8080/p", "example.com:8080")]
    [InlineData("url=http://192.0.2.1/", "192.0.2.1:80")]
    [InlineData("url=https://[2001:DB8::1]:8443/p", "2001:db8::1:8443")]
    [InlineData("url=https://b\u00fccher.example/p", "xn--bcher-kva.example:443 b\u00fccher.example:443")]
    [InlineData("url=https://a.example/p;addr=192.0.2.1:444", "a.example:443 192.0.2.1:444")] // W5
    [InlineData("url=https://a.example/p;addr=[2001:db8::2]:444", "a.example:443 2001:db8::2:444")]
    [InlineData("url=https://a.example/p;front=f.example:8443", "a.example:443 f.example:8443")] // K4
    [InlineData("url=https://a.example/p;front=f.example", "a.example:443 f.example:80 f.example:443")]
    [InlineData("fronts=f.example:1,g.example:2", "f.example:1 g.example:2")]
    [InlineData("targets=https://a.example/|f.example:1+g.example:2,http://b.example/", "a.example:443 f.example:1 g.example:2 b.example:80")]
    [InlineData("url=example.com", "")]
    [InlineData("url=ftp://example.com/", "")]
    [InlineData("url=", "")]
    [InlineData("front=", "")]
    [InlineData("ver=0.0.7;utls=none", "")]
    [InlineData("", "")]
    public void Of_Arguments_AreTheHostsThatMayBeDialled(string arguments, string expected)
    {
        Assert.True(PtArguments.TryParseClient(arguments, out PtArguments? read, out string? error), error);
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), DialNames.Of(read).Order());
    }

    [Fact]
    public void Of_Dialled_IsSpelledAsTheArgumentsAre()
    {
        Assert.Equal("example.com:443", DialNames.Of(new DnsEndPoint("EXAMPLE.com.", 443)));
        Assert.Equal("192.0.2.1:80", DialNames.Of(new IPEndPoint(IPAddress.Parse("::ffff:192.0.2.1"), 80)));
        Assert.Equal("192.0.2.1:80", DialNames.Of(new DnsEndPoint("192.0.2.1", 80)));
        Assert.Equal("2001:db8::1:443", DialNames.Of(new IPEndPoint(IPAddress.Parse("2001:db8::1"), 443)));
    }
}
