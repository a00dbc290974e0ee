using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>G6, and what is said of it: once when the limit is hit, and once when there is room again.</summary>
public class ConnectionBudgetTests
{
    private const int Limit = 32;

    private readonly LogRecorder _log = new();

    [Fact]
    public void TryTake_AtTheLimit_IsSaidOnce()
    {
        ConnectionBudget budget = Spent();
        Assert.False(budget.TryTake());
        Assert.False(budget.TryTake());
        Assert.Equal((Limit, 2), (budget.Taken, budget.Refused));
        Assert.StartsWith("Warning 333: 32 connections are open", Assert.Single(_log.Entries), StringComparison.Ordinal);

        budget.Release(); // and taken again: it goes on at its limit, and nothing new is said
        Assert.True(budget.TryTake());
        Assert.False(budget.TryTake());
        Assert.Single(_log.Entries);
    }

    [Fact]
    public void Release_RoomAgain_IsSaidOnce()
    {
        ConnectionBudget budget = Spent();
        budget.TryTake();
        for (int i = 0; i < Limit; i++)
        {
            budget.Release();
        }

        Assert.Equal(2, _log.Entries.Count);
        Assert.Equal("Warning 334: fewer connections are open than MaxConnections allows: new ones are let in; 1 were reset", _log.Entries[1]);
    }

    private ConnectionBudget Spent()
    {
        var budget = new ConnectionBudget(Limit, TimeProvider.System, _log);
        for (int i = 0; i < Limit; i++)
        {
            Assert.True(budget.TryTake());
        }

        Assert.Empty(_log.Entries);
        return budget;
    }
}
