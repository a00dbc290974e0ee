using System.Buffers;

namespace Plait.Wire.Tests.Socks;

public sealed class SocksReplyTests
{
    [Theory] // S16, S17, S19
    [InlineData(SocksVersion.Socks5, SocksReplyCode.Succeeded, "05000001000000000000")]
    [InlineData(SocksVersion.Socks5, SocksReplyCode.TtlExpired, "05060001000000000000")]
    [InlineData(SocksVersion.Socks4, SocksReplyCode.Succeeded, "005a000000000000")]
    [InlineData(SocksVersion.Socks4, SocksReplyCode.HostUnreachable, "005b000000000000")]
    public void Write_EachVersion_Golden(SocksVersion version, SocksReplyCode code, string expected)
    {
        var output = new ArrayBufferWriter<byte>();
        SocksReply.Write(version, code, output);
        Assert.Equal(expected, Hex.Text(output.WrittenSpan));
        Assert.Equal(version == SocksVersion.Socks5 ? SocksReply.Socks5Length : SocksReply.Socks4Length, output.WrittenCount);
    }
}
