using System.Collections.Concurrent;
using Plait.Chains;
using Plait.Chains.Client;
using Plait.Chains.Server;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Relays;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>A connection whose one direction moved and whose answer never came is told of once, and goes on.</summary>
public class StallTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_quarter = s_timeout / 4;

    private readonly FakeTime _time = new();
    private readonly LogRecorder _log = new();
    private readonly Recorder _observer = new();
    private readonly ConnectionReporter _reporter;
    private readonly ChainConnection _connection;

    public StallTests()
    {
        _reporter = new(_observer, new(_time, _log, () => true), _time, _log, s_timeout);
        _connection = New();
    }

    [Theory]
    [InlineData(true, "what went out to the network")]
    [InlineData(false, "what came in from the network")]
    public void Opened_OneDirectionOfAClientMoved_IsReportedOnceAfterTheTimeout(bool outward, string what) =>
        AssertToldOnce(Moving(new OutwardRelay(_connection, 0), forward: outward), what);

    [Theory]
    [InlineData(true, "what came in from the network")]
    [InlineData(false, "what went out to the network")]
    public void Opened_OneDirectionOfABridgeMoved_IsReportedOnceAfterTheTimeout(bool inward, string what) =>
        AssertToldOnce(Moving(new InwardRelay(_connection, outerHop: 1, hop: -1, isAwaited: false, begins: false), forward: inward), what);

    [Fact]
    public void Opened_BothDirectionsMoved_IsNotReported()
    {
        RelayObserver relay = new OutwardRelay(_connection, 0);
        _reporter.Opened(_connection);
        Moving(relay, forward: true)();
        Moving(relay, forward: false)();
        Pass(quarters: 8);
        Assert.Empty(Stalls);
        Assert.Equal((10, 10), (_connection.Hops[0].Outward, _connection.Hops[0].Inward)); // and still counted
    }

    [Fact]
    public void Opened_NothingMoved_IsNotReportedHoweverLong()
    {
        _reporter.Opened(_connection);
        Pass(quarters: 40);
        Assert.Empty(Stalls);
    }

    [Fact]
    public void Opened_InnerRelaysMoved_AreNoAnswer()
    {
        _reporter.Opened(_connection);
        Moving(new OutwardRelay(_connection, 0), forward: true)();
        Moving(new OutwardRelay(_connection, 1), forward: false)(); // two hops speak with each other
        Pass(quarters: 5);
        Assert.Single(Stalls);
    }

    [Fact]
    public async Task EndedAsync_BeforeTheTimeout_IsNotReported()
    {
        _reporter.Opened(_connection);
        Moving(new OutwardRelay(_connection, 0), forward: true)();
        Task ended = _reporter.EndedAsync(_connection, RelayEnd.Completed, 10, 0);
        await _connection.DisposeAsync();
        Pass(quarters: 8);
        await ended.Within("its end is told");
        Assert.Empty(Stalls);
    }

    [Fact]
    public async Task Sweep_NothingIsUnanswered_IsNotRepeated()
    {
        var sweep = new StallSweep(s_timeout, _time);
        sweep.Watch(_connection);
        Assert.Equal(s_quarter, await _time.ArmedAsync());
        await _connection.DisposeAsync();
        sweep.Forget(_connection);
        Pass(quarters: 1);
        ChainConnection another = New();
        sweep.Watch(another);
        Assert.Equal(s_quarter, await _time.ArmedAsync()); // the next one that was set is for this
        Assert.Equal(1, sweep.Count);
    }

    [Fact]
    public void Sweep_TimeoutOfZero_WatchesNothing()
    {
        var sweep = new StallSweep(TimeSpan.Zero, _time);
        sweep.Watch(_connection);
        Assert.Equal(0, sweep.Count);
    }

    private IEnumerable<PlaitEvent.ConnectionStalled> Stalls => _observer.Events.OfType<PlaitEvent.ConnectionStalled>();

    private void AssertToldOnce(Action move, string what)
    {
        _reporter.Opened(_connection);
        move();
        Pass(quarters: 3);
        Assert.Empty(Stalls);
        move(); // more of the same direction is no answer
        Pass(quarters: 8);
        var failure = new ChainFailure(
            "a_b", null, null, ChainStage.Relay, FailureCause.Stalled, $"{SafeText.Own(what)} has not been answered within 60 s");
        Assert.Equal(new(_connection.Number, failure), Assert.Single(Stalls));
        Assert.Equal($"Warning 301: {failure}", Assert.Single(_log.Entries));
    }

    private ChainConnection New() => new("a_b", ["a", "b"], TimeSpan.FromSeconds(1), _time, Shared.Pipes);

    private static Action Moving(RelayObserver relay, bool forward) => () =>
    {
        if (forward)
        {
            relay.MovedForward(10);
        }
        else
        {
            relay.MovedBackward(10);
        }
    };

    private void Pass(int quarters)
    {
        for (int i = 0; i < quarters; i++)
        {
            _time.Advance(s_quarter);
        }
    }

    private sealed class Recorder : IPlaitObserver
    {
        private readonly ConcurrentQueue<PlaitEvent> _events = new();

        internal PlaitEvent[] Events => [.. _events];

        public void OnEvent(PlaitEvent happened) => _events.Enqueue(happened);
    }
}
