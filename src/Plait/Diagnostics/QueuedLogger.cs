using Microsoft.Extensions.Logging;

namespace Plait.Diagnostics;

/// <summary>
/// Wraps a logger of the application, which may wait for a disk or a pipe: messages leave by a queue, in order, because the caller may be
/// the thread that moves all bytes. Messages that find the queue full are dropped, and their number is logged in their place. Exceptions
/// of the logger are ignored.
/// </summary>
internal sealed class QueuedLogger : ILogger, IAsyncDisposable
{
    /// <summary>Messages that wait at most: more than those of a thousand connections that fail at once.</summary>
    internal const int Capacity = 4096;

    // Longer than a working logger takes, and short enough for tor, which waits for the end of Plait (L22).
    private static readonly TimeSpan s_lastMessage = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly GapBuffer<Action<ILogger>> _messages = new(Capacity, static count => logger => ObservationLog.MessagesLeftOut(logger, count));
    private readonly Task _writing;

    internal QueuedLogger(ILogger logger, TimeProvider time)
    {
        (_logger, _time) = (logger, time);
        _writing = Task.Run(WriteAllAsync);
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null; // the message is written after its scope has ended

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return _logger.IsEnabled(logLevel);
        }
        catch (Exception) // the boundary to code of others
        {
            return true; // the logger is asked again when the message is written
        }
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _messages.Add(logger => logger.Log(logLevel, eventId, state, exception, formatter));

    /// <summary>Writes the waiting messages, within a short limit.</summary>
    public async ValueTask DisposeAsync()
    {
        _messages.Complete();
        await _writing.WaitAsync(s_lastMessage, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WriteAllAsync()
    {
        while (await _messages.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (_messages.TryRead(out Action<ILogger>? message))
            {
                Write(message);
            }
        }
    }

    private void Write(Action<ILogger> message)
    {
        try
        {
            message(_logger);
        }
        catch (Exception) // the boundary to code of others; there is no other logger
        {
        }
    }
}
