using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Wire.Pt.Messages;

namespace Plait.Cli.Managed;

/// <summary>
/// Log messages as pt-spec LOG lines. Rate-limited: arti drops what overflows its queue of 64 (M53), and a flood in tor's
/// log helps no reader. What was left out is counted and reported. Half of what may come at once is for warnings and errors alone.
/// The beginning and the end of a state are never left out: there are few of them, and each is reported once.
/// </summary>
internal sealed class PtLogger(PtOutput output, TimeProvider time) : ILogger
{
    private readonly RateLimit _rate = new(time);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        int dropped = 0;
        if (!IsEnabled(logLevel)
            || (!ChainLog.ReportsAState(eventId) && !_rate.TryTake(out dropped, urgent: logLevel >= LogLevel.Warning)))
        {
            return;
        }

        if (dropped > 0)
        {
            output.Report(new LogMessage(LogSeverity.Notice, $"{dropped} messages were left out"));
        }

        output.Report(new LogMessage(SeverityOf(logLevel), formatter(state, exception)));
    }

    private static LogSeverity SeverityOf(LogLevel level) => level switch
    {
        LogLevel.Critical or LogLevel.Error => LogSeverity.Error,
        LogLevel.Warning => LogSeverity.Warning,
        LogLevel.Information => LogSeverity.Info,
        _ => LogSeverity.Debug,
    };
}
