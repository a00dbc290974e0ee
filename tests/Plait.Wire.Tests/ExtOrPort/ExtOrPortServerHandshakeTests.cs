using static Plait.Wire.Tests.ExtOrPort.ExtOrPortVectors;

namespace Plait.Wire.Tests.ExtOrPort;

public sealed class ExtOrPortServerHandshakeTests
{
    private const string ClientAuth = "01" + ClientNonce + ClientHash;
    private const string ServerAuth = AuthTypes + ServerHash + ServerNonce + "01";

    [Fact] // V10
    public void Advance_V10CutAnywhere_Completes()
    {
        ExtOrPortServerHandshake server = HandshakeRun.EveryCut(Server, ClientAuth + Commands, HandshakeStep.Completed, ServerAuth);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 43194), server.UserAddress);
        Assert.Equal("obfs4", server.Transport);
    }

    [Fact] // X9: the answer comes after the whole hash, and no word before the type (X3)
    public void Advance_Auth_EachAnswerInItsTurn()
    {
        Assert.Equal(AuthTypes, HandshakeRun.Feed(Server(), []).Output);
        Assert.Equal(AuthTypes, HandshakeRun.Feed(Server(), [Hex.Bytes("01" + ClientNonce[2..])]).Output);
        Assert.Equal(ServerAuth[..^2], HandshakeRun.Feed(Server(), [Hex.Bytes("01" + ClientNonce + ClientHash[2..])]).Output);
        Assert.Equal("10000000", Hex.Text(ExtOrPortReply.Okay));
        Assert.Equal("10010000", Hex.Text(ExtOrPortReply.Deny));
    }

    [Theory] // V10, X20: every form of an address, exact or absent (G1)
    [InlineData("203.0.113.9:5678", "203.0.113.9:5678")]
    [InlineData("[2001:db8::7]:443", "[2001:db8::7]:443")]
    [InlineData("[::ffff:1.2.3.4]:80", "1.2.3.4:80")]
    [InlineData("1.2.3.4", "1.2.3.4:0")]
    [InlineData("1:2:3:4:5:6:7:8:5678", "[1:2:3:4:5:6:7:8]:5678")] // nine groups: the last can only be a port
    [InlineData("2001:db8::", "[2001:db8::]:0")]
    [InlineData("1:2::3:4:5678", null)] // two meanings
    public void Advance_X20UserAddress_Read(string text, string? expected)
    {
        ExtOrPortServerHandshake server = HandshakeRun.EveryCut(
            Server, ClientAuth + UserAddress(text) + Done, HandshakeStep.Completed, ServerAuth);
        Assert.Equal(expected, server.UserAddress is null ? null : AddressText.Format(server.UserAddress));
    }

    [Theory] // V10: what tor closes on; here it is an address that is not known (R3: webtunnel says ":60000")
    [InlineData(":60000")]
    [InlineData("1.2.3.4:0")]
    [InlineData("localhost:1")]
    [InlineData("")]
    [InlineData("1.2.3.4:70000")]
    [InlineData("1.2.3.4:80\0")]
    [InlineData("[fe80::1%eth0]:80")]
    [InlineData("[::1]")]
    [InlineData("[::1]:0")]
    [InlineData("é")]
    public void Advance_V10BadUserAddress_IsNone(string text)
    {
        ExtOrPortServerHandshake server = HandshakeRun.EveryCut(
            Server, ClientAuth + UserAddress("203.0.113.9:5678") + UserAddress(text) + Done, HandshakeStep.Completed, ServerAuth);
        Assert.Null(server.UserAddress); // the last one counts (X17), also where it cannot be read
    }

    [Theory] // V10, X22
    [InlineData("rf*1149")]
    [InlineData("1abc")]
    [InlineData("obfs4|ws")]
    [InlineData("")]
    [InlineData("obfs4\0")]
    public void Advance_V10BadTransport_Rejected(string text)
    {
        ExtOrPortServerHandshake server = HandshakeRun.EveryCut(
            Server, ClientAuth + Transport(text) + Done, HandshakeStep.Rejected, ServerAuth);
        Assert.Contains("TRANSPORT", server.Rejection, StringComparison.Ordinal);
    }

    [Fact] // V10: more frames
    public void Advance_V10Frames_AreTheGoldenOnes()
    {
        Assert.Equal("000100103230332e302e3131332e393a35363738", UserAddress("203.0.113.9:5678"));
        Assert.Equal("000100115b323030313a6462383a3a375d3a343433", UserAddress("[2001:db8::7]:443"));
        Assert.Equal("0002000f6f626673345f776562736f636b6574", Transport("obfs4_websocket"));
    }

    [Fact] // X17: the last of each counts, and DONE is enough
    public void Advance_RepeatedOrMissingCommands_LastWins()
    {
        string commands = UserAddress("1.2.3.4:1") + Transport("a") + UserAddress("1.2.3.4:2") + Transport("b") + Done;
        ExtOrPortServerHandshake server = HandshakeRun.EveryCut(Server, ClientAuth + commands, HandshakeStep.Completed, ServerAuth);
        Assert.Equal((2, "b"), (server.UserAddress!.Port, server.Transport));
        server = HandshakeRun.EveryCut(Server, ClientAuth + Done, HandshakeStep.Completed, ServerAuth);
        Assert.Null(server.UserAddress);
        Assert.Null(server.Transport);
    }

    [Fact] // X14, X17: unknown commands, and the body of DONE, are skipped, in whatever pieces they come
    public void Advance_UnknownCommands_Skipped()
    {
        HandshakeRun.EveryCut(Server, ClientAuth + Junk + Commands[..^8] + "00000003414243", HandshakeStep.Completed, ServerAuth);
        byte[] longest = Hex.Bytes(Frame(0x8000, new byte[65535]) + Commands);
        IEnumerable<byte[]> pieces = longest.Chunk(1000).Prepend(Hex.Bytes(ClientAuth));
        ExtOrPortServerHandshake server = Server();
        Assert.Equal(new HandshakeRun(HandshakeStep.Completed, ServerAuth, ""), HandshakeRun.Feed(server, pieces));
        Assert.Equal("obfs4", server.Transport);
    }

    [Fact] // X16, V10: what comes together with DONE
    public void Advance_BytesAfterDone_Rejected()
    {
        ExtOrPortServerHandshake server = Server();
        Assert.Equal(HandshakeStep.Rejected, HandshakeRun.Feed(server, [Hex.Bytes(ClientAuth + Commands + "16")]).Step);
        Assert.Contains("DONE", server.Rejection, StringComparison.Ordinal);
    }

    [Theory] // C25
    [InlineData("0001012d")]
    [InlineData("0002012d")]
    [InlineData("0001ffff")]
    public void Advance_KnownCommandTooLong_RejectedByItsHead(string head)
    {
        ExtOrPortServerHandshake server = HandshakeRun.EveryCut(Server, ClientAuth + head, HandshakeStep.Rejected, ServerAuth);
        Assert.Contains("300", server.Rejection, StringComparison.Ordinal);
    }

    [Fact]
    public void Advance_TransportOf300Bytes_Read()
    {
        string name = new('a', ExtOrPortServerHandshake.MaxBodyLength);
        ExtOrPortServerHandshake server = HandshakeRun.EveryCut(
            Server, ClientAuth + Transport(name) + Done, HandshakeStep.Completed, ServerAuth);
        Assert.Equal(name, server.Transport);
    }

    [Theory] // X3: without a reply
    [InlineData("00")]
    [InlineData("02")]
    public void Advance_OtherAuthType_RejectedInSilence(string type) =>
        HandshakeRun.EveryCut(Server, type, HandshakeStep.Rejected, AuthTypes);

    [Fact] // X9
    public void Advance_WrongHash_StatusThenRejected() => HandshakeRun.EveryCut(
        Server, "01" + ClientNonce + ServerHash, HandshakeStep.Rejected, AuthTypes + ServerHash + ServerNonce + "00");

    [Fact]
    public void Constructor_NonceOfOtherLength_Throws() =>
        Assert.Throws<ArgumentException>(() => new ExtOrPortServerHandshake(Secret, new byte[31]));

    [Fact]
    public void Advance_AnyBytes_NeverCompletesWithoutDone() => Generators.ForAll(Generators.Bytes, bytes =>
        HandshakeRun.Feed(Server(), [bytes]).Step != HandshakeStep.Completed
        && HandshakeRun.Feed(Server(), [Hex.Bytes(ClientAuth), bytes]).Output == ServerAuth);
}
