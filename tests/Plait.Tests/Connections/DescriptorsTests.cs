using Plait.Connections;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>The rest, under a limit that is reached, is in <c>Plait.SystemTests/Exhaustion</c>: a limit counts for a whole process.</summary>
public class DescriptorsTests
{
    [Fact]
    public void IsReserved_TheLastOnes_AndNoOthers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone says what the limit is");
        int limit = Descriptors.Limit;
        int reserve = Math.Min(128, limit / 4);
        Assert.True(Descriptors.IsReserved(limit - 1));
        Assert.True(Descriptors.IsReserved(limit - reserve));
        Assert.False(Descriptors.IsReserved(limit - reserve - 1));
        Assert.False(Descriptors.IsReserved(3));
    }

    [Fact]
    public void AreFree_FarFromTheLimit_True() => Assert.True(Descriptors.AreFree());
}
