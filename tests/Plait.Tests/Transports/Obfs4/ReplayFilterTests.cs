using System.Buffers.Binary;
using Plait.Transports.Obfs4;
using Xunit;

namespace Plait.Tests.Transports.Obfs4;

public class ReplayFilterTests
{
    private readonly ReplayFilter _filter = new(new byte[16]);

    [Fact]
    public void SeenBefore_WithinItsLifetime_KnowsAMac()
    {
        Assert.False(See(1, TimeSpan.Zero));
        Assert.False(See(2, TimeSpan.FromHours(1)));
        Assert.True(See(1, ReplayFilter.Lifetime - TimeSpan.FromSeconds(1)));
        Assert.False(See(1, ReplayFilter.Lifetime));
        Assert.True(See(2, ReplayFilter.Lifetime));
    }

    /// <summary>Seeing it again does not make it younger: a request is good for three hours whatever happens.</summary>
    [Fact]
    public void SeenBefore_OfASeenMac_DoesNotRenewIt()
    {
        See(1, TimeSpan.Zero);
        Assert.True(See(1, TimeSpan.FromHours(2)));
        Assert.False(See(1, TimeSpan.FromHours(4)));
    }

    [Fact]
    public void SeenBefore_WhenTheClockHasGoneBack_ForgetsEverything()
    {
        See(1, TimeSpan.FromHours(1));
        See(2, TimeSpan.FromHours(1));
        Assert.False(See(3, TimeSpan.Zero));
        Assert.Equal(1, _filter.Count);
        Assert.False(See(1, TimeSpan.Zero));
    }

    [Fact]
    public void SeenBefore_WhenFull_ForgetsTheOldest()
    {
        for (int mac = 0; mac < ReplayFilter.MaxEntries; mac++)
        {
            Assert.False(See(mac, TimeSpan.Zero));
        }

        Assert.Equal(ReplayFilter.MaxEntries, _filter.Count);
        Assert.False(See(-1, TimeSpan.Zero));
        Assert.Equal(ReplayFilter.MaxEntries, _filter.Count);
        Assert.False(See(0, TimeSpan.Zero));
        Assert.True(See(ReplayFilter.MaxEntries - 1, TimeSpan.Zero));
    }

    private bool See(int number, TimeSpan at)
    {
        Span<byte> mac = stackalloc byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(mac, number);
        return _filter.SeenBefore(mac, new StandingClock(Vectors.Time + at));
    }
}
