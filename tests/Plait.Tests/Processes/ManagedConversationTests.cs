using Plait.Diagnostics.Failures;
using Plait.Processes;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Messages;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>The rules M11 to M30, line by line. Asked for: obfs3 and obfs4.</summary>
public class ManagedConversationTests
{
    private static readonly string[] s_requested = ["obfs3", "obfs4"];

    public static TheoryData<string, string[], FailureCause> Fatal => new()
    {
        { "M11: another version", ["VERSION 2"], FailureCause.ProtocolViolated },
        { "M11: more than the number", ["VERSION 1 foo"], FailureCause.ProtocolViolated },
        { "M11: no version", ["VERSION"], FailureCause.ProtocolViolated },
        { "M11: twice", ["VERSION 1", "VERSION 1"], FailureCause.ProtocolViolated },
        { "M12: CMETHOD first", ["CMETHOD obfs4 socks5 127.0.0.1:1"], FailureCause.ProtocolViolated },
        { "M12: CMETHOD-ERROR first", ["CMETHOD-ERROR obfs4 no"], FailureCause.ProtocolViolated },
        { "M12: CMETHODS DONE first", ["CMETHODS DONE"], FailureCause.ProtocolViolated },
        { "M12: PROXY DONE first", ["PROXY DONE"], FailureCause.ProtocolViolated },
        { "M12: PROXY-ERROR first", ["PROXY-ERROR no"], FailureCause.ProtocolViolated },
        { "M12: SMETHOD first", ["SMETHOD obfs4 127.0.0.1:1"], FailureCause.ProtocolViolated },
        { "M13: no common version", ["VERSION-ERROR no-version"], FailureCause.ProtocolViolated },
        { "M14: environment", ["ENV-ERROR no TOR_PT_STATE_LOCATION"], FailureCause.ArgumentWrong },
        { "M14: environment, later", ["VERSION 1", "ENV-ERROR late"], FailureCause.ArgumentWrong },
        { "M16: no proxy", ["VERSION 1", "PROXY-ERROR proxy is not supported"], FailureCause.ProxyRefused },
        { "M18: too few fields", ["VERSION 1", "CMETHOD obfs4 socks5"], FailureCause.ProtocolViolated },
        { "M18: other protocol", ["VERSION 1", "CMETHOD obfs4 socks4a 127.0.0.1:1"], FailureCause.ProtocolViolated },
        { "M18: host name", ["VERSION 1", "CMETHOD obfs4 socks5 localhost:1"], FailureCause.ProtocolViolated },
        { "M18: no port", ["VERSION 1", "CMETHOD obfs4 socks5 127.0.0.1"], FailureCause.ProtocolViolated },
        { "M18: port 0", ["VERSION 1", "CMETHOD obfs4 socks5 127.0.0.1:0"], FailureCause.ProtocolViolated },
        { "M18: bad name", ["VERSION 1", "CMETHOD ob-fs socks5 127.0.0.1:1"], FailureCause.ProtocolViolated },
        { "M9: no DONE", ["VERSION 1", "CMETHODS"], FailureCause.ProtocolViolated },
        { "M28: the other role's method", ["VERSION 1", "SMETHOD obfs4 127.0.0.1:1"], FailureCause.ProtocolViolated },
        { "M28: the other role's end", ["VERSION 1", "SMETHODS DONE"], FailureCause.ProtocolViolated },
    };

    [Theory]
    [MemberData(nameof(Fatal))]
    public void Accept_Fatal_FailsForGood(string rule, string[] lines, FailureCause cause)
    {
        ManagedConversation conversation = Client(lines[..^1]);
        Assert.False(conversation.Ended, rule);
        Feed(conversation, lines[^1]);
        Assert.Equal(cause, conversation.Failure?.Cause);
        Assert.NotEmpty(conversation.Failure!.Text);

        ConversationFailure failure = conversation.Failure;
        Feed(conversation, "VERSION 1", "CMETHOD obfs4 socks5 127.0.0.1:1", "CMETHODS DONE", "ENV-ERROR again");
        Assert.Same(failure, conversation.Failure);
        Assert.False(conversation.Done);
        Assert.Empty(conversation.Methods);
    }

    [Theory]
    [InlineData("NONSENSE", "M7")]
    [InlineData("", "M7")]
    [InlineData("CMETHODX obfs4 socks5 127.0.0.1:1", "M10: whole keywords")]
    [InlineData("LOG SEVERITY=warn MESSAGE=x", "M42")]
    [InlineData("STATUS nonsense", "M51")]
    [InlineData("STATUS TYPE=version IMPLEMENTATION=\"x\" VERSION=\"1\"", "M49")]
    public void Accept_HarmlessLine_IsPassedOver(string line, string rule)
    {
        ManagedConversation conversation = Client([line, "VERSION 1", line, "CMETHOD obfs4 socks5 127.0.0.1:1", line]);
        Assert.False(conversation.Ended, rule);
        Feed(conversation, "CMETHODS DONE");
        Assert.True(conversation.Done, rule);
        Assert.Equal(["obfs4"], conversation.Methods.Keys);
    }

    [Fact]
    public void Accept_WholeConversationOfAClient_KnowsWhatIsOffered() // V1
    {
        ManagedConversation conversation = Client(
        [
            "VERSION 1", "PROXY DONE",
            "CMETHOD obfs4 socks5 127.0.0.1:34437", "CMETHOD obfs3 socks4 [::1]:38071 more fields",
            "CMETHOD-ERROR nosuch no such transport is supported",
        ]);
        Assert.False(conversation.Ended);
        Feed(conversation, "CMETHODS DONE and more"); // M20
        Assert.True(conversation.Done);
        Assert.Null(conversation.Failure);
        Assert.True(conversation.ProxyAccepted);
        Assert.Equal(
            ["obfs3 Socks4 [::1]:38071", "obfs4 Socks5 127.0.0.1:34437"],
            conversation.Methods.Select(method => $"{method.Key} {method.Value.Socks} {method.Value.Address}").Order());
    }

    [Fact]
    public void Accept_WholeConversationOfAServer_KnowsWhatIsOffered() // V2, M21, M34, M35
    {
        ManagedConversation conversation = Talk(PtRole.Server,
        [
            "VERSION 1", "SMETHOD obfs4 127.0.0.1:44231 ARGS:cert=a\\=b,iat-mode=0", "SMETHOD obfs3 127.0.0.1:1 ARGS:", "SMETHODS DONE",
        ]);
        Assert.True(conversation.Done);
        Assert.Equal(new([new("cert", "a=b"), new("iat-mode", "0")]), conversation.Methods["obfs4"].Arguments);
        Assert.Equal(new(new(System.Net.IPAddress.Loopback, 1), null, PtArguments.Empty), conversation.Methods["obfs3"]);
    }

    [Theory]
    [InlineData("CMETHOD obfs4 socks5 127.0.0.1:1")]
    [InlineData("CMETHOD-ERROR obfs4 no")]
    [InlineData("CMETHODS DONE")]
    public void Accept_ServerPrintsAClientsLines_Fails(string line) // M28
    {
        ManagedConversation conversation = Talk(PtRole.Server, ["VERSION 1"]);
        Feed(conversation, line);
        if (line.StartsWith("CMETHOD-ERROR", StringComparison.Ordinal))
        {
            Assert.False(conversation.Ended); // it takes nothing away that was asked for
        }
        else
        {
            Assert.Equal(FailureCause.ProtocolViolated, conversation.Failure?.Cause);
        }
    }

    [Fact]
    public void Accept_NoProxyDone_IsNoAcceptance() => // M17: the caller that asked for the proxy judges that
        Assert.False(Client(["VERSION 1", "CMETHOD obfs4 socks5 127.0.0.1:1", "CMETHODS DONE"]).ProxyAccepted);

    [Theory]
    [InlineData("CMETHOD-ERROR obfs3 not today", "not today")] // M19
    [InlineData("CMETHOD-ERROR obfs3", "")]
    [InlineData("LOG SEVERITY=notice MESSAGE=x", ManagedConversation.NotMentioned)] // C24
    public void Accept_OneTransportRefused_TheOthersLive(string line, string why)
    {
        ManagedConversation conversation = Client(["VERSION 1", line, "CMETHOD obfs4 socks5 127.0.0.1:1", "CMETHODS DONE"]);
        Assert.True(conversation.Done);
        Assert.Equal(["obfs4"], conversation.Methods.Keys);
        Assert.Equal(new("obfs3", why), Assert.Single(conversation.Refused));
    }

    [Fact]
    public void Accept_NothingOffered_IsDoneWithAReasonForEach() // M20: zero methods are legal
    {
        ManagedConversation conversation = Client(["VERSION 1", "CMETHODS DONE"]);
        Assert.True(conversation.Done);
        Assert.Empty(conversation.Methods);
        Assert.Equal(s_requested, conversation.Refused.Keys.Order());
    }

    [Fact]
    public void Accept_NameThatWasNotAskedFor_IsNotOffered() => // M26
        Assert.Equal(
            ["obfs4"],
            Client(["VERSION 1", "CMETHOD unasked socks5 127.0.0.1:2", "CMETHOD obfs4 socks5 127.0.0.1:1", "CMETHODS DONE"]).Methods.Keys);

    [Fact]
    public void Accept_SameNameTwice_TheFirstStays() => // M27
        Assert.Equal(
            1,
            Client(["VERSION 1", "CMETHOD obfs4 socks5 127.0.0.1:1", "CMETHOD obfs4 socks5 127.0.0.1:2", "CMETHODS DONE"])
                .Methods["obfs4"].Address.Port);

    [Theory]
    [InlineData("CMETHOD obfs3 socks5 127.0.0.1:2")]
    [InlineData("CMETHODS DONE")]
    [InlineData("VERSION 1")]
    [InlineData("ENV-ERROR late")]
    [InlineData("CMETHOD nonsense")]
    public void Accept_AfterDone_IsIgnored(string line) // M25: our listeners do not depend on it
    {
        ManagedConversation conversation = Client(["VERSION 1", "CMETHOD obfs4 socks5 127.0.0.1:1", "CMETHODS DONE", line]);
        Assert.True(conversation.Done);
        Assert.Null(conversation.Failure);
        Assert.Equal(["obfs4"], conversation.Methods.Keys);
    }

    private static ManagedConversation Client(string[] lines) => Talk(PtRole.Client, lines);

    private static ManagedConversation Talk(PtRole role, string[] lines)
    {
        var conversation = new ManagedConversation(role, s_requested);
        Feed(conversation, lines);
        return conversation;
    }

    private static void Feed(ManagedConversation conversation, params string[] lines) =>
        Array.ForEach(lines, line => conversation.Accept(PtMessage.Parse(line)));
}
