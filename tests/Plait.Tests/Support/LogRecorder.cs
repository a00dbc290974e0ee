using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Plait.Tests.Support;

/// <summary>Keeps what is logged, as "Level Event: text".</summary>
internal sealed class LogRecorder : ILogger
{
    private readonly ConcurrentQueue<string> _entries = new();

    internal IReadOnlyList<string> Entries => [.. _entries];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue($"{logLevel} {eventId.Id}: {formatter(state, exception)}");
}
