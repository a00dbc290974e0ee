using Plait.Diagnostics;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Relays;

/// <summary>What happens to a relay whose connection is ending and whose sides are silent (S30, G7).</summary>
public sealed class LingerTests : IDisposable
{
    public static TheoryData<RelayKind> Kinds => RelayTests.Kinds;

    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_most = s_linger - TimeSpan.FromTicks(1);

    private readonly FakeTime _time = new();
    private readonly CancellationTokenSource _ending = new();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Ending_NothingMoves_RelayEndsAfterTheLinger(RelayKind kind)
    {
        await using RelayRun run = await StartAsync(kind);
        _time.Advance(s_linger * 10); // as long as nothing ends, silence ends nothing
        await _ending.CancelAsync();
        Assert.Equal(s_linger, await _time.ArmedAsync());
        _time.Advance(s_most);
        Assert.False(run.Ended.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(RelayEnd.Lingered, (await run.ResultAsync()).End);
        await run.First.DisposeAsync(); // as its owner does
        await run.Second.DisposeAsync();
        Assert.False((await run.Near.ReceiveAllAsync()).Reset); // orderly, and silent
        Assert.False((await run.Far.ReceiveAllAsync()).Reset);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Ending_BytesMove_LingerBeginsAnew(RelayKind kind)
    {
        await using RelayRun run = await StartAsync(kind);
        await _ending.CancelAsync();
        Assert.Equal(s_linger, await _time.ArmedAsync());
        for (int i = 0; i < 3; i++)
        {
            _time.Advance(s_most);
            await run.Near.SendAsync("x");
            Assert.Equal("x", await run.Far.ReceiveAsync(1));
            Assert.Equal(s_linger, await _time.ArmedAsync());
        }

        Assert.False(run.Ended.IsCompleted);
        _time.Advance(s_linger);
        Assert.Equal(new(RelayEnd.Lingered, 3, 0), await run.ResultAsync());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task OneSideFinished_TheOtherIsSilent_RelayEndsAfterTheLinger(RelayKind kind)
    {
        await using RelayRun run = await StartAsync(kind);
        await run.Near.FinishAsync();
        Assert.Equal(s_linger, await _time.ArmedAsync());
        _time.Advance(s_linger);
        Assert.Equal(RelayEnd.Lingered, (await run.ResultAsync()).End);
    }

    public void Dispose() => _ending.Dispose();

    private Task<RelayRun> StartAsync(RelayKind kind) => RelayRun.OverLoopbackAsync(
        new() { Pipes = Shared.Pipes, LingerTimeout = s_linger, Time = _time, Ending = _ending.Token }, kind);
}
