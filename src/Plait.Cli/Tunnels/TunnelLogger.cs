using System.Globalization;
using Microsoft.Extensions.Logging;
using Plait.Native;

namespace Plait.Cli.Tunnels;

/// <summary>
/// Writes messages to stderr, one a line: as <c>plait: …</c> for a person, and with the level before it where stderr is the journal's
/// (sd-daemon(3), JOURNAL_STREAM of systemd.exec(5)).
/// </summary>
/// <param name="isJournal">Whether it is.</param>
/// <param name="show">Takes the lines instead, while a table is on the terminal; false if there is none.</param>
internal sealed class TunnelLogger(bool isJournal, Func<LogLevel, string, bool> show) : ILogger
{
    /// <summary>Whether stderr leads to the journal.</summary>
    internal static bool IsJournal(IReadOnlyDictionary<string, string> environment) =>
        environment.GetValueOrDefault("JOURNAL_STREAM") is { Length: > 0 } stream && stream == StandardStreams.IdentityOfErrors();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Write(logLevel, WithoutTor.Of(formatter(state, exception)));
        }
    }

    /// <summary>Writes a line.</summary>
    internal void Write(LogLevel level, string text)
    {
        if (!show(level, text))
        {
            StandardStreams.WriteError(isJournal ? string.Create(CultureInfo.InvariantCulture, $"<{PriorityOf(level)}>{text}") : $"plait: {text}");
        }
    }

    /// <summary>syslog(3): err, warning, info, debug.</summary>
    private static int PriorityOf(LogLevel level) => level switch
    {
        LogLevel.Critical or LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };
}
