namespace Plait.Wire.Tests.Socks;

public sealed class SocksClientHandshakeTests
{
    private const string Granted = "05000001000000000000";

    private static readonly IPEndPoint s_target = new(IPAddress.Loopback, 9);
    private static readonly PtArguments s_arguments = new([new("a", "b")]);

    [Theory] // V5: the same bytes as tor, whatever the cuts of the answers
    [MemberData(nameof(TorSocksVector.All), MemberType = typeof(TorSocksVector))]
    public void Advance_V5RepliesCutAnywhere_SpeaksAsTor(TorSocksVector vector)
    {
        BridgeLine bridge = vector.Parse();
        SocksClientHandshake client = HandshakeRun.EveryCutOfEach(
            () => SocksClientHandshake.ForTransport(vector.Version, bridge.Address, bridge.Arguments),
            vector.Replies, HandshakeStep.Completed, string.Concat(vector.Messages));
        Assert.Equal(SocksReplyCode.Succeeded, client.Reply);
    }

    [Fact] // S23: one message, its answer, the next message
    public void Advance_BeforeEachAnswer_OneMessageMore()
    {
        var client = SocksClientHandshake.ForTransport(SocksVersion.Socks5, s_target, s_arguments);
        Assert.Equal("05020002", HandshakeRun.Feed(client, []).Output);
        Assert.Equal("0103613d620100", HandshakeRun.Feed(client, [Hex.Bytes("0502")]).Output);
        Assert.Equal("050100017f0000010009", HandshakeRun.Feed(client, [Hex.Bytes("0100")]).Output);
        Assert.Equal(HandshakeStep.Completed, HandshakeRun.Feed(client, [Hex.Bytes(Granted)]).Step);
    }

    [Theory] // S16: any address type; payload after the reply is left unconsumed
    [InlineData(Granted)]
    [InlineData("05000004 20010db8000000000000000000000001 0050")]
    [InlineData("05000003 03616263 0050")]
    [InlineData("05000003 00 0050")]
    public void Advance_ReplyAddressTypes_PayloadLeft(string reply)
    {
        string hex = reply.Replace(" ", "", StringComparison.Ordinal);
        HandshakeRun run = HandshakeRun.Feed(Plain(), [Hex.Bytes("0500"), Hex.Bytes(hex + "1603")]);
        Assert.Equal((HandshakeStep.Completed, "1603"), (run.Step, run.Left));
        HandshakeRun.EveryCutOfEach(Plain, ["0500", hex], HandshakeStep.Completed, "050100 050100017f0000010009");
    }

    [Theory] // S17, S18: the code is reported, known or not
    [InlineData("05010001000000000000", SocksReplyCode.GeneralFailure, "general failure")]
    [InlineData("05020001000000000000", SocksReplyCode.NotAllowed, "not allowed")]
    [InlineData("0503", SocksReplyCode.NetworkUnreachable, "network unreachable")]
    [InlineData("0504", SocksReplyCode.HostUnreachable, "host unreachable")]
    [InlineData("0505", SocksReplyCode.ConnectionRefused, "connection refused")]
    [InlineData("0506", SocksReplyCode.TtlExpired, "TTL expired")]
    [InlineData("0507", SocksReplyCode.CommandNotSupported, "command not supported")]
    [InlineData("0508", SocksReplyCode.AddressTypeNotSupported, "address type not supported")]
    [InlineData("05f0", (SocksReplyCode)0xF0, "unknown reason 240")]
    public void Advance_Refusal_CodeAndWords(string reply, SocksReplyCode code, string words)
    {
        SocksClientHandshake client = HandshakeRun.EveryCutOfEach(
            Plain, ["0500", reply], HandshakeStep.Rejected, "050100 050100017f0000010009");
        Assert.Equal(code, client.Reply);
        Assert.EndsWith(words, client.Rejection, StringComparison.Ordinal);
    }

    [Theory] // S3, S4, S14, S15, and servers that speak ahead
    [InlineData("0500", "lose its arguments")]
    [InlineData("05ff", "none of our authentication methods")]
    [InlineData("0509", "not offered")]
    [InlineData("0402", "not speak SOCKS5")]
    [InlineData("050201", "before it was asked")]
    [InlineData("0502|0101", "refused the credentials")]
    [InlineData("0502|0500", "malformed")]
    [InlineData("0502|010005", "before it was asked")]
    [InlineData("0502|0100|04", "malformed")]
    [InlineData("0502|0100|0500000500", "unknown address type")]
    public void Advance_BrokenServer_RejectedWithReason(string answers, string reason)
    {
        var client = SocksClientHandshake.ForTransport(SocksVersion.Socks5, s_target, s_arguments);
        Assert.Equal(HandshakeStep.Rejected, HandshakeRun.Feed(client, answers.Split('|').Select(Hex.Bytes)).Step);
        Assert.Contains(reason, client.Rejection, StringComparison.Ordinal);
        Assert.Null(client.Reply);
    }

    [Theory] // S19
    [InlineData("005b000000000000", "SOCKS4 code 5b")]
    [InlineData("005d000000000000", "SOCKS4 code 5d")]
    [InlineData("045a000000000000", "malformed")]
    public void Advance_Socks4Refusal_Rejected(string reply, string reason)
    {
        SocksClientHandshake client = HandshakeRun.EveryCutOfEach(
            () => SocksClientHandshake.ForTransport(SocksVersion.Socks4, s_target, PtArguments.Empty),
            [reply], HandshakeStep.Rejected, "040100097f00000100");
        Assert.Contains(reason, client.Rejection, StringComparison.Ordinal);
    }

    [Theory] // RFC 1929 towards a proxy: it may omit the credentials, a transport may not
    [InlineData("0502|0100", "05020002 01017501700501000303612e62 0050")]
    [InlineData("0500", "05020002 0501000303612e62 0050")]
    public void ForProxy_Socks5WithPassword_EitherMethodServes(string answers, string output) => HandshakeRun.EveryCutOfEach(
        () => SocksClientHandshake.ForProxy(new(ProxyScheme.Socks5, s_target, "u", "p"), new DnsEndPoint("a.b", 80)),
        [.. answers.Split('|'), Granted], HandshakeStep.Completed, output);

    [Fact]
    public void ForProxy_Socks5WithoutPassword_OffersNone() => HandshakeRun.EveryCutOfEach(
        () => SocksClientHandshake.ForProxy(new(ProxyScheme.Socks5, s_target, null, null), new IPEndPoint(IPAddress.IPv6Loopback, 80)),
        ["0500", Granted], HandshakeStep.Completed, "050100 05010004 00000000000000000000000000000001 0050");

    [Theory] // S7b
    [InlineData("127.0.0.1", null, "04010050 7f000001 00")]
    [InlineData("127.0.0.1", "u", "04010050 7f000001 7500")]
    [InlineData("a.b", "u", "04010050 00000001 7500 612e6200")]
    public void ForProxy_Socks4a_NamesAs4aAddressesAs4(string host, string? user, string output)
    {
        EndPoint target = IPAddress.TryParse(host, out IPAddress? address) ? new IPEndPoint(address, 80) : new DnsEndPoint(host, 80);
        HandshakeRun.EveryCutOfEach(
            () => SocksClientHandshake.ForProxy(new(ProxyScheme.Socks4a, s_target, user, null), target),
            ["005a000000000000"], HandshakeStep.Completed, output);
    }

    [Fact] // X21: an IPv4-mapped target is an IPv4 target
    public void ForTransport_MappedTarget_IPv4() => Assert.Equal(
        "040100097f00000100",
        HandshakeRun.Feed(SocksClientHandshake.ForTransport(SocksVersion.Socks4, new IPEndPoint(s_target.Address.MapToIPv6(), 9), PtArguments.Empty), []).Output);

    [Fact]
    public void ForTransport_WhatCannotBeWritten_Throws()
    {
        var tooLong = new PtArguments([new("k", new string('v', 509))]);
        var nul = new PtArguments([new("k", "\0")]);
        var lostNul = new PtArguments([new("k", new string('v', 253) + "\0")]); // a password of one NUL counts as empty: found by eng/fuzz
        var ipv6 = new IPEndPoint(IPAddress.IPv6Loopback, 1);
        Assert.Throws<ArgumentException>(() => SocksClientHandshake.ForTransport(SocksVersion.Socks5, s_target, lostNul));
        Assert.Throws<ArgumentException>(() => SocksClientHandshake.ForTransport(SocksVersion.Socks5, s_target, tooLong));
        Assert.Throws<ArgumentException>(() => SocksClientHandshake.ForTransport(SocksVersion.Socks4, s_target, tooLong));
        Assert.Throws<ArgumentException>(() => SocksClientHandshake.ForTransport(SocksVersion.Socks4, s_target, nul));
        Assert.Throws<ArgumentException>(() => SocksClientHandshake.ForTransport(SocksVersion.Socks4, ipv6, PtArguments.Empty));
        Assert.Throws<ArgumentException>(
            () => SocksClientHandshake.ForTransport(SocksVersion.Socks4, new DnsEndPoint("a.b", 1), PtArguments.Empty));
        Assert.Throws<ArgumentException>(
            () => SocksClientHandshake.ForTransport(SocksVersion.Socks4, new IPEndPoint(IPAddress.Parse("0.0.0.1"), 1), PtArguments.Empty));
        Assert.Throws<ArgumentException>(
            () => SocksClientHandshake.ForTransport(SocksVersion.Socks5, new DnsEndPoint("a\r\nb", 1), PtArguments.Empty));
        Assert.Throws<ArgumentException>(() => SocksClientHandshake.ForProxy(new(ProxyScheme.Http, s_target, null, null), s_target));
        Assert.Throws<ArgumentException>(() => SocksClientHandshake.ForProxy(new(ProxyScheme.Socks4a, s_target, null, null), ipv6));
    }

    [Fact]
    public void Advance_AnyBytes_NeverThrows() => Generators.ForAll(Generators.Bytes, bytes =>
        HandshakeRun.Feed(Plain(), [[5], [0], bytes]).Output.Length == 26
        && HandshakeRun.Feed(SocksClientHandshake.ForTransport(SocksVersion.Socks5, s_target, s_arguments), [bytes]).Output.Length >= 8);

    private static SocksClientHandshake Plain() => SocksClientHandshake.ForTransport(SocksVersion.Socks5, s_target, PtArguments.Empty);
}
