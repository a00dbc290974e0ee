namespace Plait.Wire.Tests.Addresses;

public sealed class AddressTextTests
{
    [Theory] // V13
    [InlineData("1.2.3.4:9999", "1.2.3.4", 9999)]
    [InlineData("[1:2::3:4]:9999", "1:2::3:4", 9999)]
    [InlineData("0.0.0.0:0", "0.0.0.0", 0)]
    [InlineData("[::ffff:1.2.3.4]:65535", "::ffff:1.2.3.4", 65535)]
    public void TryParse_V13Good_Parsed(string text, string address, int port)
    {
        Assert.True(AddressText.TryParse(text, out IPEndPoint? endPoint));
        Assert.Equal(new IPEndPoint(IPAddress.Parse(address), port), endPoint);
        Assert.True(AddressText.TryParseLenient(text, out IPEndPoint? lenient));
        Assert.Equal(endPoint, lenient);
    }

    [Fact] // V13, E28: a form that goptlib also accepts
    public void TryParseLenient_V13Unbracketed_LastColonIsThePorts()
    {
        Assert.False(AddressText.TryParse("1:2::3:4:9999", out _));
        Assert.True(AddressText.TryParseLenient("1:2::3:4:9999", out IPEndPoint? endPoint));
        Assert.Equal(new IPEndPoint(IPAddress.Parse("1:2::3:4"), 9999), endPoint);
    }

    [Theory] // V13, bad; then forms that the framework would accept (C32)
    [InlineData("")]
    [InlineData("1.2.3.4")]
    [InlineData("1.2.3.4:")]
    [InlineData("9999")]
    [InlineData(":9999")]
    [InlineData("[1:2::3:4]")]
    [InlineData("[1::2::3:4]")]
    [InlineData("1:2::3:4::9999")]
    [InlineData("localhost:9999")]
    [InlineData("[localhost]:9999")]
    [InlineData("1.2.3.4:http")]
    [InlineData("1.2.3.4:0x50")]
    [InlineData("1.2.3.4:-65456")]
    [InlineData("1.2.3.4:65536")]
    [InlineData("1.2.3.4:80 ")]
    [InlineData(" 1.2.3.4:80")]
    [InlineData("1.2.3.4 : 80")]
    [InlineData("1.2.3:80")]
    [InlineData("0x7f.1:80")]
    [InlineData("1.2.3.4:080")]
    [InlineData("01.2.3.4:80")]
    [InlineData("1.2.3.4.5:80")]
    [InlineData("1.2.3.256:80")]
    [InlineData("1.2.3.4:+80")]
    [InlineData("1.2.3.4:000080")]
    [InlineData("[fe80::1%eth0]:80")]
    [InlineData("[fe80::1%1]:80")]
    [InlineData("[1.2.3.4]:80")]
    [InlineData("[::1]80")]
    [InlineData("[[::1]]:80")]
    [InlineData("[::ffff:01.2.3.4]:80")]
    [InlineData("[::ffff:1.2.3]:80")]
    [InlineData("[::1/64]:80")]
    [InlineData("[]:80")]
    [InlineData("1.2.3.4:80\0")]
    [InlineData("1.2.3.4\0:80")]
    [InlineData("1\0.2.3.4:80")]
    public void TryParse_V13Bad_Refused(string text)
    {
        Assert.False(AddressText.TryParse(text, out IPEndPoint? strict));
        Assert.Null(strict);
        Assert.False(AddressText.TryParseLenient(text, out IPEndPoint? lenient));
        Assert.Null(lenient);
    }

    [Theory]
    [InlineData("1.2.3.4", "1.2.3.4")]
    [InlineData("::1", "::1")]
    [InlineData("[::1]", "::1")]
    public void TryParseAddress_Good_Parsed(string text, string expected)
    {
        Assert.True(AddressText.TryParseAddress(text, out IPAddress? address));
        Assert.Equal(IPAddress.Parse(expected), address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.2.3.4:80")]
    [InlineData("[1.2.3.4]")]
    [InlineData("1")]
    [InlineData("localhost")]
    [InlineData("[::1")]
    public void TryParseAddress_Bad_Refused(string text) => Assert.False(AddressText.TryParseAddress(text, out _));

    [Fact] // X21
    public void Format_MappedAndScoped_Normalized()
    {
        Assert.Equal("1.2.3.4:80", AddressText.Format(new IPEndPoint(IPAddress.Parse("::ffff:1.2.3.4"), 80)));
        Assert.Equal("[fe80::1]:80", AddressText.Format(new IPEndPoint(IPAddress.Parse("fe80::1%3"), 80)));
        Assert.Equal("[2001:db8::7]:443", AddressText.Format(new IPEndPoint(IPAddress.Parse("2001:DB8:0::7"), 443)));
    }

    [Fact]
    public void Format_HostName_HostAndPort()
    {
        Assert.Equal("example.com:9050", AddressText.Format(new DnsEndPoint("example.com", 9050)));
        Assert.Equal("1.2.3.4:1", AddressText.Format((EndPoint)new IPEndPoint(IPAddress.Parse("1.2.3.4"), 1)));
    }

    [Fact]
    public void Format_AnyEndPoint_RoundTrips() => Generators.ForAll(Generators.EndPoint, endPoint =>
        AddressText.TryParse(AddressText.Format(endPoint), out IPEndPoint? parsed)
        && parsed.Port == endPoint.Port
        && parsed.Address.Equals(endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address));

    [Fact]
    public void TryParse_AnyText_AcceptedTextIsWrittenBack() => Generators.ForAll(
        FsCheck.Fluent.Gen.Select(FsCheck.Fluent.Gen.ArrayOf(FsCheck.Fluent.Gen.Elements("0123456789abf:::...[]%x \0".ToCharArray())), c => new string(c)),
        text => !AddressText.TryParseLenient(text, out IPEndPoint? endPoint)
            || (AddressText.TryParse(AddressText.Format(endPoint), out IPEndPoint? again)
                && (again.Equals(endPoint) || endPoint.Address.IsIPv4MappedToIPv6)));
}
