using System.Buffers;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Plait.Wire.Pt;

namespace Plait.Diagnostics;

/// <summary>
/// Writes what happens to a file, one JSON object a line (docs/events.md). Give <see cref="Of"/> to a host as its observer, and dispose
/// the log behind the host. A file that cannot be written any more is told once and ends nothing: the lines that are lost
/// are counted, and said in the file when it works again.
/// </summary>
public sealed class EventLog : IAsyncDisposable
{
    /// <summary>
    /// The size at which a file becomes FILE.1, in place of the one before: both hold some hundred thousand events, and take no
    /// more than a small disk can spare.
    /// </summary>
    public const long MaxFileSize = 16 << 20;

    /// <summary>Lines that wait for the disk: a burst of some hundred connections. What comes while it is full is left out.</summary>
    internal const int Capacity = 1024;

    private const int BatchSize = 64 << 10;

    // Longer than a disk takes that works, and short enough for whoever waits for our end (L22).
    private static readonly TimeSpan s_lastWrite = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly EventLogFile _file;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly GapBuffer<byte[]> _lines;
    private readonly Task _writing;
    private int _lost;

    private EventLog(string path, EventLogFile file, TimeProvider time, ILogger logger)
    {
        (_path, _file, _time, _logger) = (path, file, time, logger);
        _lines = new(Capacity, LeftOut);
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>What went wrong since it was opened, for a person; null if nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>Opens or makes the file, with mode 0600, and begins at its end.</summary>
    /// <param name="path">Where. Each Plait needs a file of its own.</param>
    /// <param name="logger">Is told if the file cannot be written any more.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it and says why.</exception>
    public static EventLog Open(string path, ILogger? logger = null, TimeProvider? time = null) =>
        Open(path, MaxFileSize, logger ?? NullLogger.Instance, time ?? TimeProvider.System);

    /// <inheritdoc cref="Open(string, ILogger?, TimeProvider?)"/>
    internal static EventLog Open(string path, long limit, ILogger logger, TimeProvider time) => Open(path, limit, logger, time, evenIfFull: false);

    /// <summary>As <see cref="Open(string, ILogger?, TimeProvider?)"/>; a disk that is full is reported to the logger, and events are lost until it has room again.</summary>
    internal static EventLog OpenEvenIfFull(string path, ILogger logger) =>
        Open(path, MaxFileSize, logger, TimeProvider.System, evenIfFull: true);

    private static EventLog Open(string path, long limit, ILogger logger, TimeProvider time, bool evenIfFull)
    {
        string version = typeof(EventLog).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        var file = new EventLogFile(path, limit, () => EventJson.FirstLine(time.GetUtcNow(), version, Environment.ProcessId));
        try
        {
            file.Open();
            return new(path, file, time, logger);
        }
        catch (IOException e) when (evenIfFull && (DiskErrors.IsFull(e) || (e.InnerException is { } inner && DiskErrors.IsFull(inner))))
        {
            var log = new EventLog(path, file, time, logger) { Problem = ProblemOf(path, e) };
            ObservationLog.EventLogFailed(logger, SafeText.Own(log.Problem));
            return log;
        }
        catch (IOException e)
        {
            throw new IOException(ProblemOf(path, e), e);
        }
    }

    /// <summary>The observer for a host of this role.</summary>
    public IPlaitObserver Of(PtRole role) => new Side(this, role);

    /// <summary>Writes what waits, for a moment at most, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Complete();
        await _writing.WaitAsync(s_lastWrite).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

            Write(batch.WrittenSpan, count);
        }
    }

    private void Write(ReadOnlySpan<byte> lines, int count)
    {
        try
        {
            _file.Write(lines);
            _lost = 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _lost += count;
            if (Problem is null)
            {
                Problem = ProblemOf(_path, e);
                ObservationLog.EventLogFailed(_logger, SafeText.Own(Problem));
            }
        }
    }

    /// <summary>The line is made where it happens: what an event counts goes on counting.</summary>
    private sealed class Side(EventLog log, PtRole role) : IPlaitObserver
    {
        public void OnEvent(PlaitEvent happened) => log._lines.Add(EventJson.Line(log._time.GetUtcNow(), role, happened));
    }
}
