using static Plait.Wire.Tests.ExtOrPort.ExtOrPortVectors;

namespace Plait.Wire.Tests.ExtOrPort;

public sealed class ExtOrPortClientHandshakeTests
{
    private const string ClientAuth = "01" + ClientNonce + ClientHash;

    private static readonly IPEndPoint s_user = new(IPAddress.Loopback, 43194);

    [Fact] // V10
    public void Advance_V10AnswersCutAnywhere_Completes()
    {
        ExtOrPortClientHandshake client = HandshakeRun.EveryCutOfEach(
            () => Client(s_user, "obfs4"), [AuthTypes, ServerHash + ServerNonce, "01", Okay], HandshakeStep.Completed, ClientAuth + Commands);
        Assert.False(client.Denied);
    }

    [Fact] // X8, X15: nothing before its turn, all commands in one go
    public void Advance_EachAnswer_OneMessageMore()
    {
        ExtOrPortClientHandshake client = Client(s_user, "obfs4");
        Assert.Equal("", HandshakeRun.Feed(client, []).Output);
        Assert.Equal("01" + ClientNonce, HandshakeRun.Feed(client, [Hex.Bytes(AuthTypes)]).Output);
        Assert.Equal(ClientHash, HandshakeRun.Feed(client, [Hex.Bytes(ServerHash + ServerNonce)]).Output);
        Assert.Equal(Commands, HandshakeRun.Feed(client, [Hex.Bytes("01")]).Output);
        Assert.Equal(new HandshakeRun(HandshakeStep.Completed, "", "1603"), HandshakeRun.Feed(client, [Hex.Bytes(Okay + "1603")]));
    }

    [Fact] // G1, G2: who the client is can be said later
    public void Authentication_AnswersCutAnywhere_CompletesBeforeTheCommands()
    {
        string[] answers = [AuthTypes, ServerHash + ServerNonce, "01"];
        HandshakeRun.EveryCutOfEach(() => Client(s_user, "obfs4").Authentication, answers, HandshakeStep.Completed, ClientAuth);

        ExtOrPortClientHandshake client = Client(s_user, "obfs4");
        Assert.Equal(
            new HandshakeRun(HandshakeStep.Completed, ClientAuth, ""), HandshakeRun.Feed(client.Authentication, answers.Select(Hex.Bytes)));
        Assert.Equal(new HandshakeRun(HandshakeStep.Completed, Commands, "1603"), HandshakeRun.Feed(client, [[], Hex.Bytes(Okay + "1603")]));
    }

    [Fact] // X8, X9
    public void Authentication_ServerWithoutTheCookie_Rejected()
    {
        ExtOrPortClientHandshake client = Client(s_user, "obfs4");
        Assert.Equal(HandshakeStep.Rejected, HandshakeRun.Feed(client.Authentication, [Hex.Bytes(AuthTypes), Hex.Bytes(ClientHash + ServerNonce)]).Step);
        Assert.Contains("cookie", client.Authentication.Rejection, StringComparison.Ordinal);
        Assert.Equal(HandshakeStep.Rejected, HandshakeRun.Feed(client, [[]]).Step);
    }

    [Theory] // X21, G1: the address is exact or left out
    [InlineData("203.0.113.9", 5678, "obfs4_websocket", "000100103230332e302e3131332e393a35363738 0002000f6f626673345f776562736f636b6574 00000000")]
    [InlineData("2001:db8::7", 443, null, "000100115b323030313a6462383a3a375d3a343433 00000000")]
    [InlineData("::ffff:1.2.3.4", 80, null, "0001000a312e322e332e343a3830 00000000")]
    [InlineData("fe80::1%2", 80, null, "0001000c5b666538303a3a315d3a3830 00000000")]
    [InlineData("1.2.3.4", 0, null, "00010007312e322e332e34 00000000")] // X20: without a port, which tor takes
    [InlineData("2001:db8::7", 0, null, "0001000b323030313a6462383a3a37 00000000")]
    [InlineData(null, 0, "a", "0002000161 00000000")]
    [InlineData(null, 0, null, "00000000")]
    public void Advance_V10Frames_Golden(string? address, int port, string? transport, string commands)
    {
        IPEndPoint? user = address is null ? null : new(IPAddress.Parse(address), port);
        HandshakeRun.EveryCutOfEach(
            () => Client(user, transport), [AuthTypes, ServerHash + ServerNonce, "01", Okay], HandshakeStep.Completed, ClientAuth + commands);
    }

    [Fact] // X2: other types beside ours
    public void Advance_MoreAuthTypes_OursChosen() => HandshakeRun.EveryCutOfEach(
        () => Client(null, null), ["ff020100", ServerHash + ServerNonce, "01", Okay], HandshakeStep.Completed, ClientAuth + Done);

    [Theory] // X2
    [InlineData("00", "does not offer")]
    [InlineData("0200", "does not offer")]
    public void Advance_NoCommonAuthType_Rejected(string types, string reason)
    {
        ExtOrPortClientHandshake client = HandshakeRun.EveryCut(() => Client(null, null), types, HandshakeStep.Rejected, "");
        Assert.Contains(reason, client.Rejection, StringComparison.Ordinal);
    }

    [Fact] // X2: 256 bytes
    public void Advance_EndlessAuthTypes_Rejected()
    {
        string longest = string.Concat(Enumerable.Repeat("02", 254)) + "0100";
        HandshakeRun.EveryCut(() => Client(null, null), longest, HandshakeStep.Continue, "01" + ClientNonce);
        HandshakeRun.EveryCut(() => Client(null, null), "02" + longest, HandshakeStep.Rejected, "");
    }

    [Fact] // X8: no word to a server that does not know the cookie
    public void Advance_WrongServerHash_RejectedWithoutClientHash()
    {
        ExtOrPortClientHandshake client = HandshakeRun.EveryCutOfEach(
            () => Client(s_user, "obfs4"), [AuthTypes, ClientHash + ServerNonce], HandshakeStep.Rejected, "01" + ClientNonce);
        Assert.Contains("cookie", client.Rejection, StringComparison.Ordinal);
    }

    [Theory] // X9
    [InlineData("00")]
    [InlineData("02")]
    public void Advance_AuthRefused_Rejected(string status) => HandshakeRun.EveryCutOfEach(
        () => Client(s_user, "obfs4"), [AuthTypes, ServerHash + ServerNonce, status], HandshakeStep.Rejected, ClientAuth);

    [Fact] // X14, X19
    public void Advance_UnknownRepliesThenDeny_Denied()
    {
        ExtOrPortClientHandshake client = HandshakeRun.EveryCutOfEach(
            () => Client(null, "a"), [AuthTypes, ServerHash + ServerNonce, "01", Junk + "10020000" + Deny],
            HandshakeStep.Rejected, ClientAuth + "0002000161" + Done);
        Assert.True(client.Denied);
    }

    [Fact] // X14: the longest reply in pieces, and an OKAY with a body
    public void Advance_LongReplies_Skipped()
    {
        byte[] replies = Hex.Bytes(Frame(0x1002, new byte[65535]) + "10000002abcd" + "1603");
        IEnumerable<byte[]> pieces = [Hex.Bytes(AuthTypes), Hex.Bytes(ServerHash + ServerNonce), Hex.Bytes("01"), .. replies.Chunk(1000)];
        Assert.Equal(
            new HandshakeRun(HandshakeStep.Completed, ClientAuth + Done, "1603"), HandshakeRun.Feed(Client(null, null), pieces));
    }

    [Fact]
    public void Constructor_WhatCannotBeSent_Throws()
    {
        Assert.Throws<ArgumentException>(() => new ExtOrPortClientHandshake(Secret, new byte[33], null, null));
        Assert.Throws<ArgumentException>(() => Client(null, "obfs3|obfs4")); // X22
    }

    [Fact]
    public void Advance_AnyBytes_NeverCompletesWithoutTheCookie() => Generators.ForAll(Generators.Bytes, bytes =>
        HandshakeRun.Feed(Client(s_user, "a"), [bytes]).Step != HandshakeStep.Completed
        && !HandshakeRun.Feed(Client(s_user, "a"), [Hex.Bytes(AuthTypes), bytes]).Output.Contains(ClientHash, StringComparison.Ordinal));
}
