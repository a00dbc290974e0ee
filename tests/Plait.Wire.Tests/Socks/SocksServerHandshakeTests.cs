using System.Buffers;

namespace Plait.Wire.Tests.Socks;

public sealed class SocksServerHandshakeTests
{
    private const string Greeting = "05020002";
    private const string Credentials = "0103613d620100"; // a=b
    private const string Connect = "050100017f0000010009";

    private static readonly SocksCredentialPolicy s_arguments = new SocksCredentialPolicy.TransportArguments();
    private static readonly SocksCredentialPolicy s_password = new SocksCredentialPolicy.Password("user"u8.ToArray(), "secret"u8.ToArray());

    [Theory] // V5; written at once or in any pieces, the answers are the same
    [MemberData(nameof(TorSocksVector.All), MemberType = typeof(TorSocksVector))]
    public void Advance_V5CutAnywhere_Completes(TorSocksVector vector)
    {
        SocksServerHandshake server = HandshakeRun.EveryCut(
            Create, string.Concat(vector.Messages), HandshakeStep.Completed, string.Concat(vector.Replies[..^1]));
        BridgeLine bridge = vector.Parse();
        Assert.Equal(new SocksRequest(vector.Version, bridge.Address, bridge.Arguments), server.Request);

        var reply = new ArrayBufferWriter<byte>();
        SocksReply.Write(vector.Version, SocksReplyCode.Succeeded, reply);
        Assert.Equal(vector.Replies[^1], Hex.Text(reply.WrittenSpan));
    }

    [Theory] // S21: each message is answered when it is complete, not earlier
    [MemberData(nameof(TorSocksVector.All), MemberType = typeof(TorSocksVector))]
    public void Advance_V5MessageIncomplete_NoAnswerYet(TorSocksVector vector)
    {
        for (int message = 0; message < vector.Messages.Length; message++)
        {
            byte[] before = Hex.Bytes(string.Concat(vector.Messages[..message]));
            byte[] last = Hex.Bytes(vector.Messages[message]);
            for (int cut = 0; cut < last.Length; cut++)
            {
                HandshakeRun run = HandshakeRun.Feed(Create(), [before, last[..cut]]);
                Assert.Equal((HandshakeStep.Continue, string.Concat(vector.Replies[..message])), (run.Step, run.Output));
            }
        }
    }

    [Theory] // V8, first row; unlike obfs4proxy, pipelined messages are answered and payload is left unconsumed (S31)
    [InlineData("G A C payload")]
    [InlineData("GA C payload")]
    [InlineData("G AC payload")]
    [InlineData("G A Cpayload")]
    [InlineData("GACpayload")]
    public void Advance_V8Pipelined_ServedInOrderPayloadLeft(string writes)
    {
        byte[][] pieces = [.. writes.Split(' ').Select(write => Hex.Bytes(write
            .Replace("payload", "160301", StringComparison.Ordinal)
            .Replace("G", Greeting, StringComparison.Ordinal)
            .Replace("A", Credentials, StringComparison.Ordinal)
            .Replace("C", Connect, StringComparison.Ordinal)))];
        HandshakeRun run = HandshakeRun.Feed(Create(), pieces);
        Assert.Equal(new HandshakeRun(HandshakeStep.Completed, "05020100", "160301"), run);
    }

    [Theory] // V8 and goptlib's unit bytes; S14, S15, S29
    [InlineData("0500", "05ff")]
    [InlineData("050101", "05ff")]
    [InlineData("050109", "05ff")]
    [InlineData(Greeting + "0100", "0502 0101")]
    [InlineData(Greeting + "010161 00", "0502 0101")]
    [InlineData(Greeting + "0303613d620100", "0502 0101")]
    [InlineData(Greeting + "0104613d623b0100", "0502 0101")] // a=b;
    [InlineData(Greeting + "0104613d625c0100", "0502 0101")] // a=b\
    [InlineData(Greeting + "0103613dff0100", "0502 0101")] // not UTF-8
    [InlineData("050100" + "050200017f0000010009", "0500 05070001000000000000")]
    [InlineData("050100" + "050300017f0000010009", "0500 05070001000000000000")]
    [InlineData("050100" + "030100017f0000010009", "0500 05010001000000000000")]
    [InlineData("050100" + "050101017f0000010009", "0500 05010001000000000000")]
    [InlineData("050100" + "050100057f0000010009", "0500 05080001000000000000")]
    [InlineData("050100" + "05010003000009", "0500 05010001000000000000")]
    [InlineData("050100" + "0501000302610a0009", "0500 05010001000000000000")]
    [InlineData("040200097f00000100", "005b000000000000")]
    [InlineData("040100097f0000016100", "005b000000000000")] // a
    [InlineData("040100090000000100 00", "005b000000000000")] // SOCKS4a without a name
    [InlineData("474554202f", "")] // GET /
    [InlineData("16", "")]
    [InlineData("00", "")]
    public void Advance_V8Bad_AnsweredAndRejected(string input, string output)
    {
        SocksServerHandshake server = HandshakeRun.EveryCut(Create, input, HandshakeStep.Rejected, output);
        Assert.Null(server.Request);
    }

    [Theory] // V8, goptlib's unit bytes
    [InlineData("0503000102", "0502")]
    [InlineData("050102", "0502")]
    [InlineData("050100", "0500")]
    [InlineData("05020900", "0500")]
    [InlineData("0504010900 02", "0502")]
    public void Advance_V8Methods_CredentialsChosenWheneverOffered(string greeting, string output) => // S3
        HandshakeRun.EveryCut(Create, greeting, HandshakeStep.Continue, output);

    [Fact] // V11: the JSON block of PT 3 is rejected as the only method, and ignored beside others
    public void Advance_V11JsonMethod_NeverChosen()
    {
        const string Block =
            "000000397b227368617265642d736563726574223a202272616861736961222c2022736563726574732d66696c65223a20222f746d702f626c6f62227d";
        HandshakeRun.EveryCut(Create, "050109", HandshakeStep.Rejected, "05ff");
        HandshakeRun.EveryCut(Create, "05020902", HandshakeStep.Continue, "0502");
        HandshakeRun run = HandshakeRun.Feed(Create(), [Hex.Bytes("05020900"), Hex.Bytes(Block)]);
        Assert.Equal(HandshakeStep.Rejected, run.Step);
    }

    [Theory] // V8, goptlib's unit bytes; S6, S7b
    [InlineData("050100 050100030b6578616d706c652e636f6d235a", SocksVersion.Socks5, "example.com:9050")]
    [InlineData("050100 050100040102030405060708090a0b0c0d0e0f10235a", SocksVersion.Socks5, "[102:304:506:708:90a:b0c:d0e:f10]:9050")]
    [InlineData("050100 05010001000000010001", SocksVersion.Socks5, "0.0.0.1:1")]
    [InlineData("050100 050100017f0000010000", SocksVersion.Socks5, "127.0.0.1:0")]
    [InlineData("050100 0501000309312e322e332e3030352360", SocksVersion.Socks5, "1.2.3.005:9056")]
    [InlineData("0401235a00000001006578616d706c652e636f6d00", SocksVersion.Socks4, "example.com:9050")]
    [InlineData("0401235a00000000 00", SocksVersion.Socks4, "0.0.0.0:9050")]
    public void Advance_EveryAddressType_Target(string input, SocksVersion version, string target)
    {
        SocksServerHandshake server = HandshakeRun.EveryCut(
            Create, input, HandshakeStep.Completed, version == SocksVersion.Socks5 ? "0500" : "");
        Assert.Equal((version, target), (server.Request!.Version, AddressText.Format(server.Request.Target)));
    }

    [Fact] // An address written as a name is an address
    public void Advance_AddressAsName_IPEndPoint()
    {
        SocksServerHandshake server = HandshakeRun.EveryCut(
            Create, "050100 0501000307312e322e332e34 0050", HandshakeStep.Completed, "0500");
        Assert.Equal(new IPEndPoint(IPAddress.Parse("1.2.3.4"), 80), server.Request!.Target);
    }

    [Fact] // S13: a password of one NUL counts as empty, and byte 255 may split a letter
    public void Advance_LetterStraddlesTheFields_Joined()
    {
        string text = Hex.Ascii("k=" + new string('v', 252)) + "c3a9";
        SocksServerHandshake server = HandshakeRun.EveryCut(
            Create, $"{Greeting} 01ff{text[..510]} 01{text[510..]} {Connect}", HandshakeStep.Completed, "0502 0100");
        Assert.Equal(new string('v', 252) + "é", server.Request!.Arguments.First("k"));
    }

    [Fact] // S7, S7b: the limit holds with and without the final NUL
    public void Advance_Socks4TooLong_Rejected()
    {
        string longest = "k=" + new string('v', 508);
        SocksServerHandshake server = HandshakeRun.EveryCut(
            Create, $"040100097f000001 {Hex.Ascii(longest)} 00", HandshakeStep.Completed, "");
        Assert.Equal(longest, server.Request!.Arguments.FormatClient());
        HandshakeRun.EveryCut(Create, $"040100097f000001 {Hex.Ascii(longest)}76", HandshakeStep.Rejected, "005b000000000000");
        HandshakeRun.EveryCut(Create, $"0401000900000001 00 {Hex.Ascii(new string('h', 256))}", HandshakeStep.Rejected, "005b000000000000");
    }

    [Theory]
    [InlineData("050102 0104757365720673656372657405010001 7f0000010009", HandshakeStep.Completed, "0502 0100")]
    [InlineData("05020002 01047573657206736563726574 050100017f0000010009", HandshakeStep.Completed, "0502 0100")]
    [InlineData("050102 01047573657206736563726573", HandshakeStep.Rejected, "0502 0101")]
    [InlineData("050102 01047573655206736563726574", HandshakeStep.Rejected, "0502 0101")]
    [InlineData("050102 0103757365 06736563726574", HandshakeStep.Rejected, "0502 0101")]
    [InlineData("050102 0104757365720100", HandshakeStep.Rejected, "0502 0101")]
    [InlineData("050100", HandshakeStep.Rejected, "05ff")]
    [InlineData("040100097f00000100", HandshakeStep.Rejected, "")]
    public void Advance_Password_OnlyTheSecretComesIn(string input, HandshakeStep step, string output)
    {
        SocksServerHandshake server = HandshakeRun.EveryCut(() => new SocksServerHandshake(s_password), input, step, output);
        Assert.Equal(step == HandshakeStep.Completed, server.Request is not null);
        Assert.Empty(server.Request?.Arguments ?? PtArguments.Empty);
    }

    [Fact]
    public void Advance_AfterTheEnd_RepeatsItsAnswer()
    {
        SocksServerHandshake server = Create();
        HandshakeRun.Feed(server, [Hex.Bytes("050100" + Connect)]);
        var output = new ArrayBufferWriter<byte>();
        Assert.Equal(HandshakeStep.Completed, server.Advance([1, 2, 3], out int consumed, output));
        Assert.Equal((0, 0), (consumed, output.WrittenCount));
    }

    [Fact]
    public void ToString_TargetAndSecret_NeverShown() // G5
    {
        var request = new SocksRequest(SocksVersion.Socks5, new DnsEndPoint("example.com", 1), new([new("cert", "hunter2")]));
        Assert.Equal("Socks5 request (cert=…)", request.ToString());
        Assert.Equal("Password", s_password.ToString());
    }

    [Fact]
    public void Advance_AnyBytes_NeverThrowsNorOverfills() => Generators.ForAll(Generators.Bytes, bytes =>
    {
        HandshakeRun five = HandshakeRun.Feed(Create(), [[5, 1, 0], bytes]);
        HandshakeRun credentials = HandshakeRun.Feed(Create(), [[5, 1, 2, 1], bytes]);
        HandshakeRun four = HandshakeRun.Feed(Create(), [[4, 1], bytes]);
        HandshakeRun guarded = HandshakeRun.Feed(new SocksServerHandshake(s_password), [bytes]);
        return five.Output.StartsWith("0500", StringComparison.Ordinal)
            && credentials.Output.StartsWith("0502", StringComparison.Ordinal)
            && four.Output is "" or "005b000000000000"
            && guarded.Step != HandshakeStep.Completed;
    });

    private static SocksServerHandshake Create() => new(s_arguments);
}
