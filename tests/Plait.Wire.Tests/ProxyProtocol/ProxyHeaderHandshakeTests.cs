using System.Text;
using Plait.Wire.ProxyProtocol;

namespace Plait.Wire.Tests.ProxyProtocol;

public sealed class ProxyHeaderHandshakeTests
{
    private const string Signature = "0d0a0d0a000d0a515549540a";

    [Theory] // H2
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n", "192.0.2.7:56324")]
    [InlineData("PROXY TCP6 2001:db8::7 2001:db8::1 1 65535\r\n", "[2001:db8::7]:1")]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.7 ::1 0 1\r\n", "192.0.2.7:0")]
    [InlineData("PROXY UNKNOWN\r\n", null)]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff 65535 65535\r\n", null)]
    public void Advance_Version1_GivesTheSource(string line, string? source)
    {
        ProxyHeaderHandshake handshake = HandshakeRun.EveryCut(
            () => new ProxyHeaderHandshake(), Hex.Text(Encoding.ASCII.GetBytes(line)), HandshakeStep.Completed, output: "");

        Assert.Equal(source, handshake.Source?.ToString());
    }

    [Theory] // H3 to H6
    [InlineData("21 11 000c c0000207 c6336401 dc04 01bb", "192.0.2.7:56324")]
    [InlineData("21 11 0010 c0000207 c6336401 dc04 01bb 04 0001 00", "192.0.2.7:56324")] // with a TLV
    [InlineData("21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000001 0001 ffff", "[2001:db8::7]:1")]
    [InlineData("20 00 0000", null)]
    [InlineData("20 11 000c c0000207 c6336401 dc04 01bb", null)] // LOCAL
    [InlineData("20 55 0003 010203", null)]
    [InlineData("21 00 0003 010203", null)]
    [InlineData("21 31 0003 010203", null)]
    public void Advance_Version2_GivesTheSource(string rest, string? source)
    {
        ProxyHeaderHandshake handshake = HandshakeRun.EveryCut(
            () => new ProxyHeaderHandshake(), Signature + rest.Replace(" ", "", StringComparison.Ordinal), HandshakeStep.Completed, output: "");

        Assert.Equal(source, handshake.Source?.ToString());
    }

    [Fact]
    public void Advance_PayloadAfterTheHeader_IsKept() // H7
    {
        HandshakeRun run = HandshakeRun.Feed(new ProxyHeaderHandshake(), ["PROXY UNKNOWN\r\nGET"u8.ToArray()]);
        Assert.Equal((HandshakeStep.Completed, "474554"), (run.Step, run.Left));
    }

    [Fact]
    public void Advance_HeaderWithManyTlvs_IsReadPiecewise()
    {
        byte[] header = Hex.Bytes(Signature + "2111ffff" + "c0000207c6336401dc0401bb");
        var handshake = new ProxyHeaderHandshake();
        HandshakeRun run = HandshakeRun.Feed(handshake, [header, .. Enumerable.Repeat(new byte[1000], 66)]);
        Assert.Equal(HandshakeStep.Completed, run.Step);
        Assert.Equal("192.0.2.7:56324", handshake.Source?.ToString());
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\r\n")]
    [InlineData("PROXY  TCP4 192.0.2.7 198.51.100.1 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 056324 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 65536 443\r\n")]
    [InlineData("PROXY TCP4 192.0.2 198.51.100.1 1 443\r\n")]
    [InlineData("PROXY TCP4 ::1 ::1 1 443\r\n")]
    [InlineData("PROXY TCP6 192.0.2.7 198.51.100.1 1 443\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 1 443\r\n")]
    [InlineData("PROXY UDP4 192.0.2.7 198.51.100.1 1 443\r\n")]
    public void Advance_Version1Wrong_IsRejected(string line) => AssertRejected(Encoding.ASCII.GetBytes(line));

    [Theory]
    [InlineData("11 11 000c c0000207 c6336401 dc04 01bb")] // version
    [InlineData("22 11 000c c0000207 c6336401 dc04 01bb")] // command
    [InlineData("21 12 000c c0000207 c6336401 dc04 01bb")] // datagrams
    [InlineData("21 41 000c c0000207 c6336401 dc04 01bb")] // family
    [InlineData("21 11 000b c0000207 c6336401 dc04 01bb")] // too short
    [InlineData("21 21 000c c0000207 c6336401 dc04 01bb")]
    public void Advance_Version2Wrong_IsRejected(string rest) => AssertRejected(Hex.Bytes(Signature + rest.Replace(" ", "", StringComparison.Ordinal)));

    [Fact]
    public void Advance_LineWithoutEnd_IsRejected() => AssertRejected([.. "PROXY UNKNOWN "u8, .. Enumerable.Repeat((byte)'x', 200)]);

    [Fact]
    public void Advance_AnyBytes_NeverThrows() => Generators.ForAll(Generators.Bytes, bytes =>
        HandshakeRun.Feed(new ProxyHeaderHandshake(), [bytes]).Output.Length == 0);

    private static void AssertRejected(byte[] bytes) =>
        Assert.Equal(HandshakeStep.Rejected, HandshakeRun.Feed(new ProxyHeaderHandshake(), [bytes]).Step);
}
