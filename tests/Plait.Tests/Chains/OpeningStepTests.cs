using Plait.Chains;
using Plait.Diagnostics;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>Hops are opened side by side; a time-out has to name the one that all others wait for (G4).</summary>
public class OpeningStepTests
{
    private readonly ChainConnection _connection = new("a_b", ["a", "b"], TimeSpan.FromSeconds(1), TimeProvider.System);

    [Fact]
    public void Waits_NearerHopAfterwards_TheFurtherStays()
    {
        _connection.Waits(1, ChainStage.OutsideConnection, $"the bridge");
        _connection.Waits(0, ChainStage.Grant, $"its handshake");
        Assert.Equal(new(1, ChainStage.OutsideConnection, $"the bridge"), _connection.Step);
    }

    [Fact]
    public void Granted_FurtherHop_TheNearerIsWaitedFor()
    {
        _connection.Waits(0, ChainStage.Grant, $"its handshake");
        _connection.Waits(1, ChainStage.Grant, $"its handshake");
        _connection.Waits(1, ChainStage.OutsideConnection, $"the bridge");
        _connection.Granted(2);
        Assert.Equal((1, ChainStage.Grant), (_connection.Step.Hop, _connection.Step.Stage));
        _connection.Granted(1);
        Assert.Equal((0, ChainStage.Grant), (_connection.Step.Hop, _connection.Step.Stage));
        _connection.Granted(0);
        Assert.Null(_connection.Step.Hop);
    }

    [Fact]
    public void Granted_TheNearerHopHasNotEvenTakenTheConnection_IsSaidSo()
    {
        _connection.Waits(0, ChainStage.Dial, $"its port");
        _connection.Waits(1, ChainStage.Grant, $"its handshake");
        _connection.Granted(1);
        Assert.Equal(new(0, ChainStage.Dial, $"its port"), _connection.Step);
    }
}
