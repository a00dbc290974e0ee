using System.Net;
using System.Text;
using Plait.Wire.ProxyProtocol;
using Xunit;

namespace Plait.Wire.Tests.ProxyProtocol;

/// <summary>Headers byte by byte, as HAProxy's proxy-protocol.txt has them.</summary>
public class ProxyHeaderTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    private static readonly IPEndPoint s_listener = new(IPAddress.Parse("192.0.2.4"), 443);

    [Theory]
    [InlineData("198.51.100.7:4431", "PROXY TCP4 198.51.100.7 192.0.2.4 4431 443\r\n")]
    [InlineData("[::ffff:198.51.100.7]:4431", "PROXY TCP4 198.51.100.7 192.0.2.4 4431 443\r\n")]
    [InlineData("[2001:db8::7]:4431", "PROXY TCP6 2001:db8::7 :: 4431 443\r\n")]
    public void Format_V1_IsTheLine(string client, string line) =>
        Assert.Equal(line, Encoding.ASCII.GetString(ProxyHeader.Format(ProxyHeaderVersion.V1, IPEndPoint.Parse(client), s_listener)));

    [Theory]
    [InlineData("198.51.100.7:4431", "2111000C" + "C6336407" + "C0000204" + "114F" + "01BB")]
    [InlineData("[2001:db8::7]:4431", "21210024" + "20010DB8000000000000000000000007" + "00000000000000000000000000000000" + "114F" + "01BB")]
    public void Format_V2_IsTheStructure(string client, string rest) =>
        Assert.Equal(Signature + rest, Convert.ToHexString(ProxyHeader.Format(ProxyHeaderVersion.V2, IPEndPoint.Parse(client), s_listener)));

    /// <summary>Never guessed (G1).</summary>
    [Fact]
    public void Format_UnknownClient_NamesNone()
    {
        Assert.Equal("PROXY UNKNOWN\r\n", Encoding.ASCII.GetString(ProxyHeader.Format(ProxyHeaderVersion.V1, null, s_listener)));
        Assert.Equal(Signature + "20000000", Convert.ToHexString(ProxyHeader.Format(ProxyHeaderVersion.V2, null, s_listener)));
    }
}
