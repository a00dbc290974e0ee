using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Plait.Tests.Support;

/// <summary>Keeps what is logged, as "Level Event: text".</summary>
internal sealed class LogRecorder : ILogger
{
    private readonly ConcurrentQueue<string> _entries = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal IReadOnlyList<string> Entries => [.. _entries];

    /// <summary>Forgets what has been logged.</summary>
    internal void Clear() => _entries.Clear();

    /// <summary>Waits until something has been logged that begins so.</summary>
    internal async Task<string> WaitForAsync(string beginning)
    {
        while (true)
        {
            Task more = Volatile.Read(ref _more).Task;
            if (_entries.FirstOrDefault(entry => entry.StartsWith(beginning, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            await more.Within($"'{beginning}' is logged; so far: {string.Join(" | ", _entries)}");
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _entries.Enqueue($"{logLevel} {eventId.Id}: {formatter(state, exception)}");
        Interlocked.Exchange(ref _more, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }
}
