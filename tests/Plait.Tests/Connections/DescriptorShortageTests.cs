using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>What is said of a lack of descriptors: once when it begins, and once when it is over.</summary>
public sealed class DescriptorShortageTests : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly FakeTime _time = new();
    private readonly LogRecorder _log = new();
    private readonly DescriptorShortage _shortage;
    private bool _free;

    public DescriptorShortageTests()
    {
        _shortage = new(_time, _log, () => _free);
    }

    [Fact]
    public void Refuse_AThousandTimes_IsSaidOnce()
    {
        for (int i = 0; i < 1000; i++)
        {
            _shortage.Meet();
            _shortage.Refuse();
            _time.Advance(s_pause / 10);
        }

        Assert.StartsWith("Warning 331: no descriptors are left, of ", Assert.Single(_log.Entries), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuse_DescriptorsAreFreeAgain_IsSaidOnce()
    {
        _shortage.Refuse();
        _shortage.Refuse();
        _time.Advance(s_pause);
        Assert.Single(_log.Entries);

        _free = true;
        _time.Advance(s_pause);
        _time.Advance(s_pause);

        Assert.Equal(2, _log.Entries.Count);
        Assert.Equal("Warning 332: descriptors are free again: new connections are let in; 2 were refused", _log.Entries[1]);
    }

    [Fact]
    public void Refuse_AfterItWasOver_BeginsAnew()
    {
        _free = true;
        for (int i = 0; i < 2; i++)
        {
            _shortage.Refuse();
            _time.Advance(s_pause);
        }

        Assert.Equal(4, _log.Entries.Count);
        Assert.EndsWith(" 1 were refused", _log.Entries[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Refuse_Disposed_IsSilent()
    {
        _shortage.Refuse();
        _shortage.Dispose();
        _free = true;
        _time.Advance(s_pause);
        _shortage.Refuse();
        Assert.Single(_log.Entries);
    }

    public void Dispose() => _shortage.Dispose();
}
