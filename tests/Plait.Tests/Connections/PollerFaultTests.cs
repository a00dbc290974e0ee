using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics;
using Plait.Native;
using Plait.Relays;
using Plait.Tests.Relays;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>A bug in one connection: an exception on a poller's thread fails that connection, is reported, and leaves the others alone.</summary>
public sealed class PollerFaultTests : IAsyncDisposable
{
    private static readonly InvalidTimeZoneException s_bug = new("a bug");

    private readonly PollerSet _pollers = new();
    private readonly TaskCompletionSource<Exception> _reported = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PollerFaultTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there are pollers on Linux only");
        _pollers.Unexpected += error => _reported.TrySetResult(error);
    }

    public ValueTask DisposeAsync() => _pollers.DisposeAsync();

    [Fact]
    public async Task Run_Throws_EndsThatRelayAlone()
    {
        await using RelayRun good = await RelayRun.OverLoopbackAsync(RelayRun.Still, RelayKind.Splice, pollers: _pollers);
        await using RelayRun broken = await RelayRun.OverLoopbackAsync(
            RelayRun.Still with { Observer = new Observed { Forward = _ => throw s_bug } }, RelayKind.Splice, pollers: _pollers);
        await broken.Near.SendAsync("x");
        await ReportedAsync();
        Assert.Equal(RelayEnd.Canceled, (await broken.ResultAsync()).End);
        await AllLiveAsync();
        await good.Near.SendAsync("y");
        Assert.Equal("y", await good.Far.ReceiveAsync(1));
    }

    [Fact]
    public async Task Run_ThrowsWhileTheRelayEnds_EndsTheRelayAllTheSame()
    {
        await using RelayRun broken = await RelayRun.OverLoopbackAsync(
            RelayRun.Still with { Observer = new Failing() }, RelayKind.Splice, pollers: _pollers);
        broken.Far.Abort();
        await ReportedAsync();
        Assert.Equal(RelayEnd.Canceled, (await broken.ResultAsync()).End);
        Assert.True((await broken.Near.ReceiveAllAsync()).Reset);
        await AllLiveAsync();
    }

    [Fact]
    public async Task Abandon_Throws_IsReportedToo()
    {
        var work = new Work(() => throw s_bug, () => throw s_bug);
        _pollers.Next().Post(work);
        await ReportedAsync();
        await AllLiveAsync();
    }

    [Fact]
    public async Task Ready_Throws_FailsThatConnectionAlone()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = new PolledConnection(SocketHandle.Take(here), _pollers);
        var handler = new Handler(ready: () => throw s_bug);
        connection.Registration.HandTo(handler, _pollers.Next());
        await there.SendAsync("x"u8.ToArray());
        await ReportedAsync();
        await handler.IsClosed.Task.Within("the handler hears that it is over");
        connection.Registration.TakeBack();
        Assert.Equal(1, await connection.ReadAsync(new byte[1], Deadline.Token)); // what had come
        await Assert.ThrowsAsync<IOException>(() => connection.ReadAsync(new byte[1], Deadline.Token).AsTask());
        await AllLiveAsync();
        there.Dispose();
    }

    [Fact]
    public async Task WhenBroken_Throws_FailsTheWaitsOfThatConnection()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = new PolledConnection(SocketHandle.Take(here), _pollers);
        connection.Registration.WhenBroken(() => throw s_bug);
        Task waiting = connection.Registration.WritableAsync(inPlace: false, Deadline.Token).AsTask(); // ends now: there is room
        there.LingerState = new(true, 0);
        there.Dispose();
        await ReportedAsync();
        await waiting.Within("the wait ends");
        Assert.Throws<ObjectDisposedException>(() => { _ = connection.Registration.ReadableAsync(inPlace: false, Deadline.Token); });
        await AllLiveAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Closed_Throws_TheOwnerClosesAllTheSame(bool onPoller)
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        var connection = new PolledConnection(SocketHandle.Take(here), _pollers);
        connection.Registration.HandTo(new Handler(closed: () => throw s_bug), _pollers.Next());
        if (onPoller)
        {
            await OnPollerAsync(connection.Close);
        }
        else
        {
            connection.Close();
        }

        await ReportedAsync();
        Assert.True(here.SafeHandle.IsClosed);
        await AllLiveAsync();
        there.Dispose();
    }

#if DEBUG
    [Fact]
    public async Task AssertNot_OnAPoller_Throws()
    {
        Exception? thrown = null;
        await OnPollerAsync(() => thrown = Record.Exception(() => PollerThread.AssertNot()));
        Assert.Contains("LeaveAsync", Assert.IsType<InvalidOperationException>(thrown).Message, StringComparison.Ordinal);
        PollerThread.AssertNot(); // here
    }

    [Fact]
    public async Task TurnWasLong_OfALongTurn_IsReported()
    {
        var reported = new TaskCompletionSource<LongTurn>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pollers.TurnWasLong += turn => _ = turn.What == nameof(Work) && reported.TrySetResult(turn);
        await OnPollerAsync(() =>
        {
            long begun = Environment.TickCount64;
            SpinWait.SpinUntil(() => Environment.TickCount64 > begun + (2 * Poller.LongestTurn.TotalMilliseconds));
        });
        Assert.True((await reported.Task.Within("the turn is reported")).Took > Poller.LongestTurn);
    }
#endif

    private async Task ReportedAsync() => Assert.Same(s_bug, await _reported.Task.Within("the error is reported"));

    private async Task AllLiveAsync()
    {
        for (int i = 0; i < _pollers.Count; i++)
        {
            await OnPollerAsync(() => { });
        }
    }

    private async Task OnPollerAsync(Action run)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _pollers.Next().Post(new Work(() =>
        {
            run();
            done.SetResult();
        }, () => { }));
        await done.Task.Within("the poller has done it");
    }

    private sealed class Work(Action run, Action abandon) : IPollerWork
    {
        void IPollerWork.Run() => run();

        void IPollerWork.Abandon() => abandon();
    }

    private sealed class Handler(Action? ready = null, Action? closed = null) : IReadyHandler
    {
        public TaskCompletionSource IsClosed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        void IReadyHandler.Ready(PollRegistration registration, Poller poller, EpollEvents events)
        {
            if ((events & EpollEvents.Readable) != 0)
            {
                ready?.Invoke();
            }
        }

        void IReadyHandler.Closed()
        {
            IsClosed.TrySetResult();
            closed?.Invoke();
        }
    }

    private sealed class Failing : RelayObserver
    {
        internal override void SecondFailed() => throw s_bug;
    }
}
