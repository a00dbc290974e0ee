using System.Buffers;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Pt;

namespace Plait.Diagnostics.Events;

/// <summary>
/// Writes events to a file, one JSON object a line (docs/events.md). Give <see cref="Of"/> to a host as its observer, and dispose
/// the log after the host. A file that cannot be written any more is reported once and ends nothing: lost lines are counted, and the
/// count is written when the file works again.
/// </summary>
public sealed class EventLog : IAsyncDisposable
{
    /// <summary>
    /// The size at which a file becomes FILE.old, in place of the one before: both hold some hundred thousand events, and take no
    /// more than a small disk can spare.
    /// </summary>
    public const long MaxFileSize = 16 << 20;

    /// <summary>Lines that wait for the disk at most: a burst of some hundred connections. Further lines are dropped.</summary>
    internal const int Capacity = 1024;

    private const int BatchSize = 64 << 10;

    // Longer than a working disk takes, and short enough for tor, which waits for the end of Plait (L22).
    private static readonly TimeSpan s_lastWrite = TimeSpan.FromSeconds(1);

    // How long a Plait that is ending may still write the file while its successor starts (L22), and how often the successor looks.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(100);

    private readonly string _path;
    private readonly EventLogFile _file;
    private readonly Lock _fileLock = new();
    private readonly long _openedAt;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly GapBuffer<byte[]> _lines;
    private readonly Task _writing;
    private int _lost;

    private EventLog(string path, EventLogFile file, TimeProvider time, ILogger logger)
    {
        (_path, _file, _time, _logger, _openedAt) = (path, file, time, logger, time.GetTimestamp());
        _lines = new(Capacity, LeftOut);
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>The failure since the file was opened, for a person; null if there was none.</summary>
    public string? Problem { get; private set; }

    /// <summary>Opens or makes the file, with mode 0600, and begins at its end.</summary>
    /// <param name="path">Where. Each Plait needs a file of its own.</param>
    /// <param name="logger">Receives a message if the file cannot be written any more.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it and the reason.</exception>
    public static EventLog Open(string path, ILogger? logger = null, TimeProvider? time = null) =>
        Open(path, MaxFileSize, logger ?? NullLogger.Instance, time ?? TimeProvider.System);

    /// <summary>
    /// As <see cref="Open(string, ILogger?, TimeProvider?)"/>, for a Plait that has to start in any case. A disk that is full is reported to the
    /// logger, and events are lost until it has room again. A file that another Plait writes is waited for.
    /// </summary>
    [ProgramSeam]
    internal static EventLog OpenInAnyCase(string path, ILogger logger)
    {
        try
        {
            return Open(path, logger);
        }
        catch (IOException e) when (e.InnerException is { } inner && (DiskErrors.IsFull(inner) || DiskErrors.IsFull(inner.InnerException)))
        {
            EventLog log = Unopened(path, MaxFileSize, logger, TimeProvider.System);
            log.Report(inner);
            return log;
        }
        catch (IOException e) when (e.InnerException is { } inner && DiskErrors.IsLocked(inner))
        {
            return Unopened(path, MaxFileSize, logger, TimeProvider.System);
        }
    }

    /// <inheritdoc cref="Open(string, ILogger?, TimeProvider?)"/>
    internal static EventLog Open(string path, long limit, ILogger logger, TimeProvider time)
    {
        EventLogFile file = FileAt(path, limit, time);
        try
        {
            file.Open();
            return new(path, file, time, logger);
        }
        catch (IOException e)
        {
            throw new IOException(ProblemOf(path, e), e);
        }
    }

    /// <summary>A log that opens its file with the first line.</summary>
    internal static EventLog Unopened(string path, long limit, ILogger logger, TimeProvider time) => new(path, FileAt(path, limit, time), time, logger);

    private static EventLogFile FileAt(string path, long limit, TimeProvider time)
    {
        string version = typeof(EventLog).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        return new(path, limit, () => EventJson.FirstLine(time.GetUtcNow(), version, Environment.ProcessId));
    }

    /// <summary>The observer for a host of this role.</summary>
    public IPlaitObserver Of(PtRole role) => new Side(this, role);

    /// <summary>
    /// Closes the file; the next line opens or makes it. For programs that rotate logs, after they have renamed it. On Linux the next line
    /// notices by itself that the file was renamed or removed.
    /// </summary>
    public void Reopen()
    {
        lock (_fileLock)
        {
            _file.Dispose();
        }
    }

    /// <summary>Writes the waiting lines, within a short limit, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Complete();
        await _writing.WaitAsync(s_lastWrite, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_writing.IsCompleted)
        {
            _file.Dispose();
        }
    }

    private static string ProblemOf(string path, Exception error) => $"the event log {path} cannot be written: {error.Message}";

    private byte[] LeftOut(int count) => EventJson.Line(_time.GetUtcNow(), role: null, new PlaitEvent.EventsLeftOut(count));

    private async Task WriteAllAsync()
    {
        var batch = new ArrayBufferWriter<byte>(BatchSize);
        while (await _lines.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            int count = 0;
            batch.ResetWrittenCount();
            if (_lost > 0)
            {
                batch.Write(LeftOut(_lost));
            }

            while (batch.WrittenCount < BatchSize && _lines.TryRead(out byte[]? line))
            {
                batch.Write(line);
                count++;
            }

            while (!TryWrite(batch.WrittenSpan, count))
            {
                await Task.Delay(s_again, _time).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Writes lines, or counts them as lost.</summary>
    /// <returns>False if another Plait writes the file, and may be ending.</returns>
    private bool TryWrite(ReadOnlySpan<byte> lines, int count)
    {
        try
        {
            lock (_fileLock)
            {
                _file.Write(lines);
            }

            _lost = 0;
        }
        catch (IOException e) when (DiskErrors.IsLocked(e) && _time.GetElapsedTime(_openedAt) < s_patience)
        {
            return false;
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            _lost += count;
            if (Problem is null)
            {
                Report(e);
            }
        }

        return true;
    }

    private void Report(Exception error)
    {
        Problem = ProblemOf(_path, error);
        ObservationLog.EventLogFailed(_logger, SafeText.Own(Problem));
    }

    /// <summary>Formats the line at once: the counts in an event go on growing.</summary>
    private sealed class Side(EventLog log, PtRole role) : IPlaitObserver
    {
        public void OnEvent(PlaitEvent happened) => log._lines.Add(EventJson.Line(log._time.GetUtcNow(), role, happened));
    }
}
