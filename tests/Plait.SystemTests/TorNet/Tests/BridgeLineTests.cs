using System.Net;

namespace Plait.SystemTests.TorNet.Tests;

public class BridgeLineTests
{
    private const string Fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567";

    [Theory]
    [InlineData("obfs4 127.0.0.1:5 cert=a+/b,iat-mode=0", "Bridge obfs4 127.0.0.1:5 " + Fingerprint + " cert=a+/b iat-mode=0")]
    [InlineData("transport obfs3 [::1]:5", "Bridge obfs3 [::1]:5 " + Fingerprint)]
    [InlineData("obfs3 127.0.0.1:5 ", "Bridge obfs3 127.0.0.1:5 " + Fingerprint)]
    public void FromTransportLine_Arguments_AreSplit(string published, string expected) =>
        Assert.Equal(expected, BridgeLine.FromTransportLine(published, Fingerprint));

    [Fact]
    public void FromTransportLine_Via_TakesTheAddressesPlace() => Assert.Equal(
        $"Bridge a 127.0.0.9:7 {Fingerprint} k=v",
        BridgeLine.FromTransportLine("a 127.0.0.1:5 k=v", Fingerprint, IPEndPoint.Parse("127.0.0.9:7")));
}
