using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Diagnostics;

/// <summary>A logger that takes its time, or fails, does not concern the caller that logs.</summary>
public class QueuedLoggerTests
{
    [Fact]
    public async Task Log_OfALoggerThatHangs_ReturnsAndAllIsLoggedInOrder()
    {
        using var slow = new SlowLogger();
        await using (var queue = new QueuedLogger(slow, TimeProvider.System))
        {
            for (int i = 0; i < 100; i++)
            {
                queue.LogInformation("{Number}", i);
            }

            slow.Release();
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"Information 0: {i}"), slow.Log.Entries);
    }

    [Fact]
    public async Task Log_MoreThanCanWait_IsLeftOutAndCounted()
    {
        const int More = 50;
        using var slow = new SlowLogger();
        await using (var queue = new QueuedLogger(slow, TimeProvider.System))
        {
            queue.LogInformation("first");
            await slow.Taken.Within("the first message is being told");
            for (int i = 0; i < QueuedLogger.Capacity + More; i++)
            {
                queue.LogInformation("{Number}", i);
            }

            slow.Release();
        }

        Assert.Equal(1 + QueuedLogger.Capacity + 1, slow.Log.Entries.Count);
        Assert.Equal($"Warning 402: {More} messages were left out: the log did not take them in time", slow.Log.Entries[^1]);
    }

    [Fact]
    public async Task Log_OfALoggerThatThrows_GoesOnWithTheNext()
    {
        using var slow = new SlowLogger { ThrowsAt = "0" };
        slow.Release();
        await using (var queue = new QueuedLogger(slow, TimeProvider.System))
        {
            queue.LogInformation("{Number}", 0);
            queue.LogInformation("{Number}", 1);
        }

        Assert.Equal(["Information 0: 1"], slow.Log.Entries);
    }

    [Fact]
    public async Task Dispose_OfALoggerThatNeverReturns_DoesNotWaitForEver()
    {
        using var slow = new SlowLogger();
        var queue = new QueuedLogger(slow, TimeProvider.System);
        queue.LogInformation("never told");
        await queue.DisposeAsync().AsTask().Within("the end comes");
        slow.Release();
    }

    private sealed class SlowLogger : ILogger, IDisposable
    {
        private readonly ManualResetEventSlim _released = new();
        private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal LogRecorder Log { get; } = new();

        internal Task Taken => _taken.Task;

        internal string? ThrowsAt { get; init; }

        internal void Release() => _released.Set();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            _taken.TrySetResult();
            _released.Wait();
            if (formatter(state, exception) == ThrowsAt)
            {
                throw new InvalidOperationException("A logger of another program.");
            }

            ((ILogger)Log).Log(logLevel, eventId, state, exception, formatter);
        }

        public void Dispose() => _released.Dispose();
    }
}
