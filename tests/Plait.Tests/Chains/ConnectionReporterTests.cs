using System.Collections.Concurrent;
using Plait.Chains;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Relays;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Chains;

public class ConnectionReporterTests
{
    private readonly LogRecorder _log = new();
    private readonly Recorder _observer = new();
    private readonly ConnectionReporter _reporter;
    private readonly ChainConnection _connection = New();

    public ConnectionReporterTests() => _reporter = new(_observer, new(new FakeTime(), _log, () => false), TimeProvider.System, _log);

    [Fact]
    public async Task FailedAsync_LogAndEvent_SayTheSameOnce() // G4
    {
        ChainFailure failure = _connection.Failed(1, ChainStage.Grant, FailureCause.Refused, $"no").Failure;
        await _reporter.FailedAsync(_connection, failure);
        await _reporter.FailedAsync(_connection, failure);
        await _reporter.EndedAsync(_connection, RelayEnd.SecondFailed, 1, 2);
        var failed = Assert.IsType<PlaitEvent.ConnectionFailed>(Assert.Single(_observer.Events));
        Assert.Equal((_connection.Number, failure), (failed.Connection, failed.Failure));
        Assert.Equal([$"Warning 301: {failure}"], _log.Entries);
    }

    [Fact]
    public async Task FailedAsync_NoDescriptorLeft_IsSaidOnceForAllConnections()
    {
        for (int i = 0; i < 3; i++)
        {
            ChainConnection connection = New();
            await _reporter.FailedAsync(
                connection, connection.Failed(0, ChainStage.Dial, FailureCause.LimitReached, FailureWords.NoDescriptorLeft).Failure);
        }

        Assert.Equal(3, _observer.Events.Count());
        Assert.StartsWith("Warning 331: ", Assert.Single(_log.Entries, entry => !entry.StartsWith("Debug ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RelayEnd.Completed, null, null)]
    [InlineData(RelayEnd.FirstFailed, null, null)] // the side that asked broke it off
    [InlineData(RelayEnd.Lingered, null, null)]
    [InlineData(RelayEnd.SecondFailed, ChainStage.Relay, FailureCause.Reset)]
    [InlineData(RelayEnd.Canceled, null, null)] // Plait ends
    public async Task EndedAsync_HowItEnded_IsAFailureOnlyWhereItIsOne(object end, object? stage, object? cause)
    {
        _reporter.Opened(_connection);
        await _reporter.EndedAsync(_connection, (RelayEnd)end, outward: 5, inward: 7);
        var ended = Assert.IsType<PlaitEvent.ConnectionEnded>(_observer.Events[^1]);
        Assert.Equal((true, 5, 7), (ended.Opened, ended.Outward, ended.Inward));
        Assert.Equal(((ChainStage?)stage, (FailureCause?)cause), (ended.Failure?.Stage, ended.Failure?.Cause));
    }

    [Fact]
    public async Task FailedAsync_PlaitEnds_IsAnEndWithAnAnswerAndNoFailure()
    {
        ChainFailure? answered = null;
        ChainFailure failure = _connection.Failed(1, ChainStage.Grant, FailureCause.Reset, $"broken off").Failure;
        _reporter.PlaitEnds();
        await _reporter.FailedAsync(_connection, failure, certain => Task.FromResult(answered = certain));
        var ended = Assert.IsType<PlaitEvent.ConnectionEnded>(Assert.Single(_observer.Events));
        Assert.Equal((false, null), (ended.Opened, ended.Failure));
        Assert.Equal(ChainStage.Shutdown, answered?.Stage);
        Assert.Empty(_log.Entries);
    }

    [Theory]
    [InlineData(1, "the transport reset the connection")]
    [InlineData(2, "the connection to the network was reset")]
    public async Task EndedAsync_BrokeOffPastAJoint_NamesTheHop(int past, string detail)
    {
        _reporter.Opened(_connection);
        _connection.BrokeOff(past);
        _connection.BrokeOff(1); // a consequence
        await _reporter.EndedAsync(_connection, RelayEnd.SecondFailed, 0, 0);
        var ended = Assert.IsType<PlaitEvent.ConnectionEnded>(_observer.Events[^1]);
        Assert.Equal(new("a_b", 1, "b", ChainStage.Relay, FailureCause.Reset, SafeText.Own(detail)), ended.Failure);
    }

    [Fact]
    public async Task EndedAsync_FailureThatWasRecoveredFrom_IsNotReported()
    {
        _connection.Failed(0, ChainStage.OutsideConnection, FailureCause.Refused, $"one dial of several");
        _reporter.Opened(_connection);
        await _reporter.EndedAsync(_connection, RelayEnd.Completed, 0, 0);
        Assert.Null(Assert.IsType<PlaitEvent.ConnectionEnded>(_observer.Events[^1]).Failure);
    }

    [Fact]
    public async Task EndedAsync_TheEndOvertakesTheFailureThatCausedIt_FailureIsReported() // G4
    {
        var connection = new ChainConnection("a_b", ["a", "b"], TimeSpan.FromSeconds(1), TimeProvider.System, Shared.Pipes) { OnBridge = true };
        ChainFailure failure = connection.Failed(0, ChainStage.Dial, FailureCause.TimedOut, $"it does not accept").Failure;
        await _reporter.FailedAsync(connection, failure,
            _ => _reporter.EndedAsync(connection, RelayEnd.Completed, outward: 3, inward: 0)); // what is refused ends at once
        Assert.Equal(failure, Assert.IsType<PlaitEvent.ConnectionFailed>(Assert.Single(_observer.Events)).Failure);
        Assert.Equal([$"Warning 301: {failure}"], _log.Entries.Where(entry => entry.StartsWith("Warning", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task EndedAsync_FailureAfterAProvisionalGrant_IsReported() // G2
    {
        _connection.LimitGrant(GrantQuality.Lazy);
        _reporter.Opened(_connection);
        ChainFailure failure = _connection.Failed(1, ChainStage.OutsideConnection, FailureCause.Refused, $"no listener").Failure;
        await _reporter.EndedAsync(_connection, RelayEnd.Completed, 0, 0);
        Assert.Equal(GrantQuality.Lazy, Assert.IsType<PlaitEvent.ConnectionOpened>(_observer.Events[0]).Grant);
        Assert.Equal(failure, Assert.IsType<PlaitEvent.ConnectionEnded>(_observer.Events[1]).Failure);
    }

    [Fact]
    public void Opened_EndsAtTheSameMoment_IsReportedFirst()
    {
        var order = new List<string>();
        Thread? other = null;
        ConnectionReporter? reporter = null;
        reporter = new(
            new Telling(happened =>
            {
                if (happened is PlaitEvent.ConnectionOpened)
                {
                    EndOnAnotherThread();
                }

                order.Add(happened.GetType().Name);
            }),
            new(new FakeTime(), _log, () => false), TimeProvider.System, _log);

        reporter.Opened(_connection);

        Assert.True(other!.Join(Deadline.Limit), "the end is told");
        Assert.Equal([nameof(PlaitEvent.ConnectionOpened), nameof(PlaitEvent.ConnectionEnded)], order);

        void EndOnAnotherThread()
        {
            other = new(() => reporter!.EndedAsync(_connection, RelayEnd.FirstFailed, 0, 0).GetAwaiter().GetResult());
            other.Start();
            Assert.True(
                SpinWait.SpinUntil(() => !other.IsAlive || other.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Deadline.Limit),
                "the end is told, or waits for its turn");
        }
    }

    [Theory]
    [InlineData(false, 10)] // what hop 0 exchanged with tor
    [InlineData(true, 20)] // what the wire hop exchanged with the network
    public async Task FailedAsync_HadStood_TellsWhatTheOutermostHopCarried(bool onBridge, int bytes)
    {
        var connection = new ChainConnection("a_b", ["a", "b"], TimeSpan.FromSeconds(1), TimeProvider.System, Shared.Pipes) { OnBridge = onBridge };
        connection.Hops[0].CountOutward(10);
        connection.Hops[1].CountOutward(20);
        _reporter.Opened(connection);
        await _reporter.FailedAsync(connection, connection.NewFailure(null, ChainStage.Relay, FailureCause.Reset, $""));
        Assert.Equal(bytes, Assert.IsType<PlaitEvent.ConnectionEnded>(_observer.Events[^1]).Outward);
    }

    [Fact]
    public void Failed_ALeakWasRefusedToTheSameHop_IsTheReason() // G3
    {
        _connection.DialRefused(1, FailureCause.LeakRefused, $"it dialled something else");
        Assert.Equal(FailureCause.Refused, New().Failed(1, ChainStage.Grant, FailureCause.Refused, $"no").Failure.Cause);
        ChainFailure failure = _connection.Failed(1, ChainStage.Grant, FailureCause.Refused, $"no").Failure;
        Assert.Equal((ChainStage.Joint, FailureCause.LeakRefused), (failure.Stage, failure.Cause));
    }

    [Fact]
    public void OnEvent_ObserverThrows_IsLoggedOnceAndGoesOn()
    {
        var safe = new SafeObserver(new Thrower(), _log, new());
        safe.OnEvent(new PlaitEvent.ConnectionFailed(1, TimeSpan.Zero, _connection.NewFailure(null, ChainStage.Dial, FailureCause.Refused, $"")));
        safe.OnEvent(new PlaitEvent.ConnectionFailed(2, TimeSpan.Zero, _connection.NewFailure(null, ChainStage.Dial, FailureCause.Refused, $"")));
        Assert.StartsWith("Error 318: ", Assert.Single(_log.Entries), StringComparison.Ordinal);
    }

    private static ChainConnection New() => new("a_b", ["a", "b"], TimeSpan.FromSeconds(1), TimeProvider.System, Shared.Pipes);

    private sealed class Recorder : IPlaitObserver
    {
        private readonly ConcurrentQueue<PlaitEvent> _events = new();

        internal PlaitEvent[] Events => [.. _events];

        public void OnEvent(PlaitEvent happened) => _events.Enqueue(happened);
    }

    private sealed class Telling(Action<PlaitEvent> tell) : IPlaitObserver
    {
        public void OnEvent(PlaitEvent happened) => tell(happened);
    }

    private sealed class Thrower : IPlaitObserver
    {
        public void OnEvent(PlaitEvent happened) => throw new InvalidOperationException("not my day");
    }
}
