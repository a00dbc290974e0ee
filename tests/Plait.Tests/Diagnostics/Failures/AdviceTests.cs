using Plait.Diagnostics.Failures;
using Plait.Wire.Hints;
using Plait.Wire.Socks;
using Xunit;

namespace Plait.Tests.Diagnostics.Failures;

public class AdviceTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(38.2);
    private static readonly Circumstances s_refused = new() { Hops = 2, Reply = SocksReplyCode.GeneralFailure, Dialled = false };
    private static readonly Circumstances s_silent = new() { Hops = 2, Dialled = true, Answered = false, NetworkEnded = true, Waited = s_long };
    private static readonly ArgumentFinding s_odd = new(1, "IAT-MODE", "`IAT-MODE`: keys are lower case; write iat-mode");

    [Fact]
    public void For_RefusedWithoutDialling_IsAWrongArgumentAndNotRetried()
    {
        ChainFailure failure = Advice.For(Failed(ChainStage.Grant, FailureCause.Refused), s_refused with { Odd = [s_odd] });
        Assert.Equal("a_b: hop 1 (obfs4), handshake: argument wrong: the transport refused its arguments without dialling; " + s_odd.Text, failure.ToString());
        Assert.Equal(SocksReplyCode.NotAllowed, FailureWords.ReplyOf(failure)); // S18
        Assert.Equal(s_odd.Text, failure.Hint);
    }

    [Fact]
    public void For_RefusedWithoutDiallingAndNothingOdd_PointsToTheArguments() => Assert.Equal(
        "a_b: hop 1 (obfs4), handshake: argument wrong: the transport refused its arguments without dialling; "
            + "correct this hop's arguments in the bridge line, or in the Profile that it names",
        Advice.For(Failed(ChainStage.Grant, FailureCause.Refused), s_refused).ToString());

    [Theory]
    [InlineData(null, SocksReplyCode.GeneralFailure)] // what it did cannot be seen
    [InlineData(true, SocksReplyCode.GeneralFailure)]
    [InlineData(false, SocksReplyCode.HostUnreachable)] // it names another reason
    public void For_RefusedForAllThatIsKnownOfTheNetwork_IsNoWrongArgument(bool? dialled, object reply) => Assert.Equal(
        FailureCause.Refused,
        Advice.For(Failed(ChainStage.Grant, FailureCause.Refused), s_refused with { Dialled = dialled, Reply = (SocksReplyCode)reply }).Cause);

    [Theory]
    [InlineData(2, ChainStage.OutsideConnection, "x-chain-1-cert")]
    [InlineData(3, ChainStage.Grant, "x-chain-1-cert")]
    public void For_EndedLongAfterWithoutAByte_SendsToTheCert(int hops, object stage, string key)
    {
        ChainFailure failure = Advice.For(Failed((ChainStage)stage, FailureCause.Reset), s_silent with { Hops = hops });
        Assert.Equal("the bridge ended the connection after 38 s without an answer, as it does with clients that it does not know", failure.Detail.ToString());
        Assert.Equal($"check the cert of this hop in the bridge line ({key}) or in its Profile, and this machine's date and time; if they are right, something on the way may break the connection", failure.Hint);
        Assert.Equal(FailureCause.Reset, failure.Cause);
    }

    [Fact]
    public void For_ATransportWithoutASecret_IsNotSentToOne() => Assert.Equal(
        "check the address in the bridge line, and that the bridge runs the same chain",
        Advice.For(Failed(ChainStage.OutsideConnection, FailureCause.Reset, "obfs3"), s_silent).Hint);

    [Fact]
    public void For_EndedAtOnce_MayBeAnything() => Assert.Equal(
        FailureWords.Of(ChainStage.OutsideConnection, FailureCause.Reset).Hint,
        Advice.For(Failed(ChainStage.OutsideConnection, FailureCause.Reset), s_silent with { Waited = TimeSpan.FromSeconds(1) }).Hint);

    [Fact]
    public void For_GaveUpWithoutAnAnswer_HasTimedOut()
    {
        ChainFailure failure = Advice.For(
            Failed(ChainStage.Grant, FailureCause.Refused), s_silent with { NetworkEnded = false, Reply = SocksReplyCode.GeneralFailure });
        Assert.Equal(FailureCause.TimedOut, failure.Cause);
        Assert.StartsWith("check the cert of this hop", failure.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void For_GaveUpWhereTheNetworkIsNotSeen_SendsToTheCertToo() => Assert.StartsWith(
        "check the cert of this hop",
        Advice.For(Failed(ChainStage.Grant, FailureCause.Refused), new() { Hops = 2, Reply = SocksReplyCode.GeneralFailure, Waited = s_long }).Hint,
        StringComparison.Ordinal);

    [Theory]
    [InlineData(ChainStage.OutsideConnection, FailureCause.Reset, 1, "what answered at the bridge's address is not obfs4, or broke off")]
    [InlineData(ChainStage.Grant, FailureCause.Refused, 1, "what answered at the bridge's address is not obfs4, or broke off")]
    [InlineData(ChainStage.Grant, FailureCause.Refused, 0, "what answered on the bridge is not obfs4, or broke off")]
    public void For_AnsweredAndFailed_IsSomethingElse(object stage, object cause, int hop, string said) => Assert.Equal(
        said, Advice.For(Failed((ChainStage)stage, (FailureCause)cause) with { Hop = hop }, s_silent with { Answered = true }).Detail.ToString());

    [Fact]
    public void For_ABridge_NeverNamesABridgeLine() => Assert.All(
        from stage in Enum.GetValues<ChainStage>()
        from cause in Enum.GetValues<FailureCause>()
        from seen in new[] { s_refused, s_silent, s_silent with { Answered = true }, new Circumstances { IsIndirect = true, Odd = [s_odd] } }
        select Advice.For(Failed(stage, cause), seen with { OnBridge = true }),
        failure => Assert.DoesNotContain("bridge line", failure.Advice?.ToString() ?? "", StringComparison.Ordinal));

    [Fact]
    public void Rules_Words_FitALogLine() => Assert.All(Advice.Rules, rule =>
    {
        Assert.Matches("^(client|bridge): [^A-Z].*[^.]$", rule.When.Replace("SOCKS", "socks", StringComparison.Ordinal).Replace("OpenTimeout", "openTimeout", StringComparison.Ordinal));
        Assert.All(rule.When + rule.Hint + rule.Sentence, letter => Assert.InRange(letter, ' ', '~')); // M47
        Assert.DoesNotContain('"', rule.Hint + rule.Sentence);
    });

    private static ChainFailure Failed(ChainStage stage, FailureCause cause, string transport = "obfs4") =>
        new("a_b", 1, transport, stage, cause, $"what happened");
}
