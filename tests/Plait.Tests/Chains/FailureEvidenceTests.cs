using Plait.Chains;
using Plait.Diagnostics.Failures;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>Which of the things that were noticed is the reason of a failure (G4).</summary>
public class FailureEvidenceTests
{
    private static readonly ChainFailure s_reported = Of(0, ChainStage.Grant, FailureCause.Refused);
    private static readonly ChainFailure s_refusedDial = Of(0, ChainStage.Joint, FailureCause.LeakRefused);
    private static readonly ChainFailure s_lostWay = Of(1, ChainStage.OutsideConnection, FailureCause.TimedOut);

    private readonly FailureEvidence _evidence = new();

    [Fact]
    public void Record_Another_TheFirstStays()
    {
        Assert.Same(s_reported, _evidence.Record(s_reported));
        Assert.Same(s_reported, _evidence.Record(s_lostWay));
        Assert.Same(s_reported, _evidence.First);
    }

    [Fact]
    public void ReasonOf_NothingElseIsKnown_IsWhatTheProgramReports() =>
        Assert.Same(s_reported, _evidence.ReasonOf(s_reported, isIndirect: true));

    [Fact]
    public void ReasonOf_ItsDialWasRefused_IsThat()
    {
        _evidence.DialRefused(s_refusedDial);
        _evidence.WayLost(s_lostWay);
        Assert.Same(s_refusedDial, _evidence.ReasonOf(s_reported, isIndirect: true));
    }

    [Theory]
    [InlineData(1, ChainStage.Grant)] // another hop
    [InlineData(0, ChainStage.Dial)] // before it could dial
    public void ReasonOf_TheRefusedDialIsNoCauseOfIt_IsWhatTheProgramReports(int hop, object stage)
    {
        _evidence.DialRefused(s_refusedDial);
        ChainFailure reported = Of(hop, (ChainStage)stage, FailureCause.Refused);
        Assert.Same(reported, _evidence.ReasonOf(reported, isIndirect: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReasonOf_AWayOnWasLost_IsThatForTheIndirectHop(bool isIndirect)
    {
        _evidence.WayLost(s_lostWay);
        Assert.Same(isIndirect ? s_lostWay : s_reported, _evidence.ReasonOf(s_reported, isIndirect));
        _evidence.WayLost(null); // another dial was answered
        Assert.Same(s_reported, _evidence.ReasonOf(s_reported, isIndirect));
    }

    [Fact]
    public void ChildEnded_NothingBefore_IsTheFirstFailureToo()
    {
        ChainFailure end = Of(0, ChainStage.Relay, FailureCause.Exited);
        _evidence.ChildEnded(end);
        Assert.Same(end, _evidence.ChildEnd);
        Assert.Same(end, _evidence.Record(s_reported));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void HopsEndedFirst_AWayOnWasLost_IsTheReasonUnlessItWasReplaced(bool replaced)
    {
        _evidence.WayLost(s_lostWay);
        _evidence.WayLost(replaced ? null : s_lostWay);
        _evidence.HopsEndedFirst();
        Assert.Same(replaced ? null : s_lostWay, _evidence.Lost);
    }

    [Fact]
    public void NeverEntered_UntilTheHopHasEntered_IsTheHop()
    {
        var entered = new TaskCompletionSource();
        Assert.Null(_evidence.NeverEntered);
        _evidence.GrantedBefore(1, entered.Task);
        Assert.Equal(1, _evidence.NeverEntered);
        entered.SetResult();
        Assert.Null(_evidence.NeverEntered);
    }

    [Fact]
    public void WentElsewhere_RefusedDialOrLostWay_IsWhatIsKnown()
    {
        Assert.Null(_evidence.WentElsewhere(0));
        _evidence.WayLost(s_lostWay);
        _evidence.DialRefused(s_refusedDial);
        Assert.Same(s_refusedDial, _evidence.WentElsewhere(0));
        Assert.Same(s_lostWay, _evidence.WentElsewhere(1));
    }

    private static ChainFailure Of(int hop, ChainStage stage, FailureCause cause) => new("a_b", hop, "a", stage, cause, $"no");
}
