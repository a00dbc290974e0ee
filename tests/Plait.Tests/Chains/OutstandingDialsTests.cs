using System.Net;
using Plait.Chains.Server;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>When an arrival belongs to a dial for certain (G1).</summary>
public class OutstandingDialsTests
{
    private readonly OutstandingDials _dials = new();

    [Fact]
    public void Claim_ByAddress_FindsExactlyThatDialOnce()
    {
        InwardDial one = Dial(1), two = Dial(2);
        Assert.Same(two, _dials.Claim(two.Source));
        Assert.Null(_dials.Claim(two.Source));
        Assert.Null(_dials.Claim(new(IPAddress.Parse("127.64.0.9"), 9)));
        Assert.Same(one, _dials.Claim(one.Source));
        Assert.Equal(0, _dials.Count);
    }

    [Fact]
    public void ClaimOnly_ExactlyOneOutstanding_IsThatOne()
    {
        InwardDial only = Dial(1);
        Assert.Same(only, _dials.ClaimOnly());
        Assert.Equal(0, _dials.Count);
    }

    [Fact]
    public void ClaimOnly_TwoOutstanding_IsNeitherAndBothStay()
    {
        InwardDial one = Dial(1);
        InwardDial two = Dial(2);
        Assert.Null(_dials.ClaimOnly());
        Assert.Equal(2, _dials.Count); // which of them it was is not known: none has arrived for certain
        _dials.Remove(two);
        Assert.Same(one, _dials.ClaimOnly());
    }

    [Fact]
    public void ClaimOnly_ArrivalThatNobodyDialled_MakesAllUncertain()
    {
        Assert.Null(_dials.ClaimOnly());
        Dial(1);
        Assert.Null(_dials.ClaimOnly());
        Assert.Equal(1, _dials.Count);
    }

    [Fact]
    public void Lose_ADialThatMayStillArrive_MakesAllUncertainUntilTheChildIsNew()
    {
        InwardDial lost = Dial(1);
        _dials.Lose(lost);
        Assert.Equal(0, _dials.Count);
        Dial(2);
        Assert.Null(_dials.ClaimOnly());

        _dials.BeginAnew();
        Assert.NotNull(_dials.ClaimOnly());
    }

    [Fact]
    public void Lose_ADialThatHasArrived_LosesNothing()
    {
        InwardDial arrived = Dial(1);
        _dials.Claim(arrived.Source);
        _dials.Lose(arrived);
        InwardDial next = Dial(2);
        Assert.Same(next, _dials.ClaimOnly());
    }

    [Fact]
    public void Uncertain_ByAddress_IsExactAllTheSame()
    {
        _dials.Lose(Dial(1));
        InwardDial next = Dial(2);
        Assert.Same(next, _dials.Claim(next.Source));
    }

    [Fact]
    public void Remove_OfAnOlderDialOfTheSameSource_LeavesTheLaterOne()
    {
        InwardDial older = Dial(1);
        _dials.Claim(older.Source);
        InwardDial later = Dial(1);

        _dials.Remove(older);

        Assert.Same(later, _dials.Claim(later.Source));
    }

    private InwardDial Dial(int port)
    {
        var dial = new InwardDial(null!, 0, new(IPAddress.Parse("127.64.0.1"), port), new(IPAddress.Loopback, 1), MemoryConnection.Pair().Here, null!);
        Assert.True(_dials.TryAdd(dial));
        return dial;
    }
}
