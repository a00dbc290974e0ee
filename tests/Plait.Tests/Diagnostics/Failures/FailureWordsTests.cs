using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Plait.Diagnostics.Failures;
using Plait.Wire.Socks;
using Xunit;

namespace Plait.Tests.Diagnostics.Failures;

public class FailureWordsTests
{
    // S18: arti comes back after these, and never after the others.
    private static readonly SocksReplyCode[] s_mayPass =
    [
        SocksReplyCode.GeneralFailure, SocksReplyCode.NetworkUnreachable, SocksReplyCode.HostUnreachable,
        SocksReplyCode.ConnectionRefused, SocksReplyCode.TtlExpired,
    ];

    private static readonly FailureCause[] s_lasting = [FailureCause.ArgumentWrong, FailureCause.LeakRefused];

    [Fact]
    public void Of_EveryStageAndCause_HasWordsOfItsOwn()
    {
        string[] stages = [.. Enum.GetValues<ChainStage>().Select(FailureWords.Of)];
        string[] causes = [.. Enum.GetValues<FailureCause>().Select(FailureWords.Of)];
        Assert.Equal(stages.Length, stages.Distinct().Count());
        Assert.Equal(causes.Length, causes.Distinct().Count());
        Assert.All(stages.Concat(causes), words => Assert.Matches("^[a-z][a-z ]*[a-z]$", words));
        Assert.All(Enum.GetValues<ChainStage>(), stage => Assert.Matches("^[a-z_]+$", FailureWords.NameOf(stage)));
        Assert.All(Enum.GetValues<FailureCause>(), cause => Assert.Matches("^[a-z_]+$", FailureWords.NameOf(cause)));
    }

    [Fact]
    public void Of_EveryStageWithEveryCause_HasASentenceAndAHintForAPerson()
    {
        foreach (ChainStage stage in Enum.GetValues<ChainStage>())
        {
            foreach (FailureCause cause in Enum.GetValues<FailureCause>())
            {
                FailureSentence words = FailureWords.Of(stage, cause);
                Assert.Matches(@"^[A-Zt].*[^ ]\.$", words.Sentence); // a sentence; "tor" is written small
                Assert.Matches("^[a-z].*[^. ]$", words.Hint); // stands after a detail, as its last part
                Assert.All(words.Sentence + words.Hint, letter => Assert.InRange(letter, ' ', '~')); // LOG takes nothing else (M47)
                Assert.DoesNotContain('"', words.Sentence + words.Hint);
                Assert.DoesNotMatch("joint|grant|provisional|last words|[Nn]obody|[Ww]hoever", words.Sentence + words.Hint);
            }
        }
    }

    /// <summary>Starts fail on either side: a client's user has none of these words.</summary>
    [Fact]
    public void Of_AStart_NamesNoWordOfABridgeAlone()
    {
        foreach (FailureCause cause in Enum.GetValues<FailureCause>())
        {
            Assert.DoesNotContain("ServerTransport", FailureWords.Of(ChainStage.Launch, cause).Hint + FailureWords.Of(ChainStage.Negotiation, cause).Hint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ExitCodeOf_EveryCause_IsNoneThatMeansSomethingElse()
    {
        // 0 is success, 1 and 2 a command that cannot be carried out, 70 an error of Plait's own, 126 and more the shell's.
        Assert.All(Enum.GetValues<FailureCause>(), cause =>
            Assert.True(FailureWords.ExitCodeOf(cause) is >= 64 and < 70 or > 70 and <= 78, $"{cause}: {FailureWords.ExitCodeOf(cause)}"));
    }

    [Fact]
    public void Level_NoLongerAwaited_IsNotPrintedUnderTor() =>
        Assert.All(Enum.GetValues<ChainStage>(), stage =>
            Assert.True(FailureWords.Of(stage, FailureCause.Canceled).Level < LogLevel.Information));

    [Fact]
    public void ReplyOf_WhatMayPass_IsACodeAfterWhichArtiComesBack() // S18
    {
        foreach (FailureCause cause in Enum.GetValues<FailureCause>())
        {
            SocksReplyCode reply = FailureWords.ReplyOf(cause);
            Assert.NotEqual(SocksReplyCode.Succeeded, reply);
            Assert.Equal(!s_lasting.Contains(cause), s_mayPass.Contains(reply));
        }
    }

    [Theory]
    [InlineData(ChainStage.Launch, SocksReplyCode.GeneralFailure)]
    [InlineData(ChainStage.Negotiation, SocksReplyCode.GeneralFailure)] // its program is started again, and may have thought better
    [InlineData(ChainStage.Dial, SocksReplyCode.NotAllowed)]
    public void ReplyOf_AProgramsStart_MayPass(object stage, SocksReplyCode expected) => // S18
        Assert.Equal(expected, FailureWords.ReplyOf(new ChainFailure("a", 0, "a", (ChainStage)stage, FailureCause.ArgumentWrong, $"no")));

    [Theory]
    [InlineData(FailureCause.Refused)]
    [InlineData(FailureCause.Unreachable)]
    [InlineData(FailureCause.TimedOut)]
    public void CauseOf_WhatReplyOfSays_IsTheSameCause(object cause) => // a chain of two Plaits tells the truth
        Assert.Equal((FailureCause)cause, FailureWords.CauseOf(FailureWords.ReplyOf((FailureCause)cause)));

    [Fact]
    public void CauseOf_NoReplyAtAll_IsAViolation() =>
        Assert.Equal(FailureCause.ProtocolViolated, FailureWords.CauseOf((SocksReplyCode?)null));

    [Theory]
    [InlineData(SocketError.ConnectionRefused, FailureCause.Refused)]
    [InlineData(SocketError.TimedOut, FailureCause.TimedOut)]
    [InlineData(SocketError.AccessDenied, FailureCause.NotPermitted)]
    [InlineData(SocketError.ConnectionReset, FailureCause.Reset)]
    [InlineData(SocketError.TooManyOpenSockets, FailureCause.LimitReached)]
    [InlineData(SocketError.NetworkUnreachable, FailureCause.Unreachable)]
    [InlineData(SocketError.HostUnreachable, FailureCause.Unreachable)]
    public void CauseOf_FailedConnect_IsTheErrors(object error, object cause) =>
        Assert.Equal((FailureCause)cause, FailureWords.CauseOf(new SocketException((int)(SocketError)error)));

    [Fact]
    public void ToString_Failure_NamesChainHopStageAndCause() // G4
    {
        var failure = new ChainFailure("obfs3_obfs4", 1, "obfs4", ChainStage.Grant, FailureCause.Refused, $"its peer said no");
        Assert.Equal("obfs3_obfs4: hop 1 (obfs4), handshake: refused: its peer said no; "
            + "check this hop's arguments in the bridge line, and that the bridge runs the same chain", failure.ToString());
        Assert.Equal("obfs3_obfs4: " + failure.Text, failure.ToString());
        Assert.Equal(failure.ToString(), new ChainException(failure).Message);
        Assert.Equal("a: dial: argument wrong: x", // the detail says what to write instead
            new ChainFailure("a", null, null, ChainStage.Dial, FailureCause.ArgumentWrong, $"x").ToString());
    }
}
