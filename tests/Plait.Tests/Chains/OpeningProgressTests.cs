using Plait.Chains;
using Plait.Diagnostics.Failures;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>Hops are opened side by side; a time-out has to name the one that all others wait for (G4).</summary>
public class OpeningProgressTests
{
    private readonly OpeningProgress _opening = new(hops: 2);

    [Fact]
    public void Waits_NearerHopAfterwards_TheFurtherStays()
    {
        _opening.Waits(1, ChainStage.OutsideConnection, $"the bridge");
        _opening.Waits(0, ChainStage.Grant, $"its handshake");
        Assert.Equal(new(1, ChainStage.OutsideConnection, $"the bridge"), _opening.Step);
    }

    [Fact]
    public void Granted_FurtherHop_TheNearerIsWaitedFor()
    {
        _opening.Waits(0, ChainStage.Grant, $"its handshake");
        _opening.Waits(1, ChainStage.Grant, $"its handshake");
        _opening.Waits(1, ChainStage.OutsideConnection, $"the bridge");
        _opening.Granted(2);
        Assert.Equal((1, ChainStage.Grant), (_opening.Step.Hop, _opening.Step.Stage));
        _opening.Granted(1);
        Assert.Equal((0, ChainStage.Grant), (_opening.Step.Hop, _opening.Step.Stage));
        _opening.Granted(0);
        Assert.Null(_opening.Step.Hop);
    }

    [Fact]
    public void Granted_TheNearerHopHasNotEvenTakenTheConnection_IsSaidSo()
    {
        _opening.Waits(0, ChainStage.Dial, $"its port");
        _opening.Waits(1, ChainStage.Grant, $"its handshake");
        _opening.Granted(1);
        Assert.Equal(new(0, ChainStage.Dial, $"its port"), _opening.Step);
    }

    [Fact]
    public void Branch_WaitsForSomething_ComesBeforeWhatTheConnectionWaitsFor()
    {
        var branch = new OpeningProgress(hops: 2);
        _opening.Waits(0, ChainStage.Grant, $"its handshake");
        _opening.Branch(branch);
        Assert.Equal(0, _opening.Step.Hop);
        branch.Waits(1, ChainStage.OutsideConnection, $"the bridge");
        Assert.Equal(1, _opening.Step.Hop);
        branch.Granted(1);
        Assert.Equal(0, _opening.Step.Hop);
    }
}
