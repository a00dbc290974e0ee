using System.Text;
using Plait.Diagnostics;
using Plait.Wire.Pt.Messages;

namespace Plait.Cli.Managed;

/// <summary>
/// stdout under tor: protocol lines and nothing else (G8, M2). What is reported waits in a queue until VERSION has been said,
/// so that it is always the first, and until tor reads: a caller never waits: it may be a poller, which moves the bytes of other connections.
/// </summary>
internal sealed class PtOutput(Stream stdout) : IAsyncDisposable
{
    // Both bursts (RateLimit), and what comes in the twenty seconds after them.
    private const int MaxWaiting = 256;

    // tor reads whenever it has nothing else to do. One that does not shall not keep us from ending (L22).
    private static readonly TimeSpan s_lastWrite = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly GapBuffer<PtMessage> _reports = new(
        MaxWaiting, count => new LogMessage(LogSeverity.Notice, $"{count} lines were left out: they were not read"));

    private Task _reporting = Task.CompletedTask;

    /// <summary>Says VERSION, then what has waited for it.</summary>
    internal void Begin()
    {
        Say(new VersionMessage("1"));
        _reporting = Task.Run(WriteReportsAsync);
    }

    /// <summary>Plait ends: from now on tor is waited for only a moment.</summary>
    internal void Hurry() => (stdout as DescriptorStream)?.Hurry();

    /// <summary>Prints a line of the conversation now. Errors that end it may come before VERSION (E6).</summary>
    internal void Say(PtMessage message)
    {
        byte[] line = Encoding.ASCII.GetBytes(message.Format() + "\n"); // C28: no byte-order mark
        lock (_lock)
        {
            try
            {
                stdout.Write(line);
                stdout.Flush();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // tor is gone, which its signal or the end of stdin reports, does not read although we end, or gave us a stdout that cannot be written.
            }
        }
    }

    /// <summary>Has a LOG or STATUS line printed, after VERSION. Never waits.</summary>
    internal void Report(PtMessage message) => _reports.Add(message);

    /// <summary>Prints what was reported, as far as it is read.</summary>
    public async ValueTask DisposeAsync()
    {
        _reports.Complete();
        Hurry();
        await _reporting.WaitAsync(s_lastWrite, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WriteReportsAsync()
    {
        while (await _reports.WaitToReadAsync(CancellationToken.None))
        {
            while (_reports.TryRead(out PtMessage? report))
            {
                if (stdout is DescriptorStream descriptor)
                {
                    await descriptor.WhenWritableAsync(); // a thread that tor keeps waiting may be the only one
                }

                Say(report);
            }
        }
    }
}
