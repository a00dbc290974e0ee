using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Plait.SystemTests.Secrecy;

/// <summary>The log of a host in this process: all of it goes into a <see cref="Transcript"/>, and on to another log.</summary>
internal sealed class TranscriptLogger(ILogger? next = null, bool isUnsafe = false) : ILogger
{
    private readonly Transcript _transcript = Transcript.Begin(isUnsafe);
    private readonly ILogger _next = next ?? NullLogger.Instance;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _transcript.Add($"event {eventId.Id}", formatter(state, exception));
        if (_next.IsEnabled(logLevel))
        {
            _next.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
