using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

public sealed class TimeLimitTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly FakeTime _time = new();
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void Token_TheInjectedClockHasPassedTheLimit_Fires()
    {
        using var limit = new TimeLimit(_time, s_limit, _first.Token, _second.Token);
        _time.Advance(s_limit - TimeSpan.FromTicks(1));
        Assert.False(limit.IsCancellationRequested);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(limit.Token.IsCancellationRequested);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Token_EitherOfTheOthersFires_FiresBeforeTheLimit(bool first)
    {
        using var limit = new TimeLimit(_time, s_limit, _first.Token, _second.Token);
        (first ? _first : _second).Cancel();
        Assert.True(limit.Token.IsCancellationRequested);
    }

    [Fact]
    public void Token_TheOtherHasFiredBefore_FiresAtOnce()
    {
        _first.Cancel();
        using var limit = new TimeLimit(_time, s_limit, _first.Token);
        Assert.True(limit.Token.IsCancellationRequested);
    }

    [Fact]
    public void Dispose_TheOthersFireLater_IsNotCanceled()
    {
        var limit = new TimeLimit(_time, s_limit, _first.Token, _second.Token);
        CancellationToken token = limit.Token;
        limit.Dispose();
        _first.Cancel();
        _second.Cancel();
        _time.Advance(s_limit);
        Assert.False(token.IsCancellationRequested);
    }
}
