using Microsoft.Extensions.Logging;

namespace Plait.Diagnostics;

/// <summary>
/// Stands before a logger that somebody else wrote, which may write to a disk or a pipe and wait for it: messages leave by a
/// queue, in their order, for whoever has something to say may be the thread that moves everybody's bytes. What finds the queue
/// full is left out, and how much that was is said in its place. What the logger throws is its own affair.
/// </summary>
internal sealed class QueuedLogger : ILogger, IAsyncDisposable
{
    /// <summary>Messages that wait: more than a thousand connections that fail at once have to say.</summary>
    internal const int Capacity = 4096;

    // Longer than a logger takes that works, and short enough for whoever waits for our end (L22).
    private static readonly TimeSpan s_lastMessage = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger;
    private readonly GapBuffer<Action<ILogger>> _messages = new(Capacity, static count => logger => ObservationLog.MessagesLeftOut(logger, count));
    private readonly Task _telling;

    internal QueuedLogger(ILogger logger)
    {
        _logger = logger;
        _telling = Task.Run(TellAllAsync);
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null; // a message has left its scope when it is written

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return _logger.IsEnabled(logLevel);
        }
        catch (Exception) // the boundary to others' code
        {
            return true; // then it says so again when it is told
        }
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _messages.Add(logger => logger.Log(logLevel, eventId, state, exception, formatter));

    /// <summary>Tells what still waits, for a moment at most.</summary>
    public async ValueTask DisposeAsync()
    {
        _messages.Complete();
        await _telling.WaitAsync(s_lastMessage).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task TellAllAsync()
    {
        while (await _messages.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (_messages.TryRead(out Action<ILogger>? message))
            {
                Tell(message);
            }
        }
    }

    private void Tell(Action<ILogger> message)
    {
        try
        {
            message(_logger);
        }
        catch (Exception) // the boundary to others' code; there is nobody left to tell
        {
        }
    }
}
