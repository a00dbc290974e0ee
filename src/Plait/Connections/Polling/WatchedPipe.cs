using Microsoft.Win32.SafeHandles;
using Plait.Native;

namespace Plait.Connections.Polling;

/// <summary>
/// A descriptor to read from that is no socket: a child's output, our own stdin. Waits in a poller, not in a thread.
/// </summary>
/// <remarks>
/// It asks poll(2) before each read, instead of setting O_NONBLOCK: that flag belongs to the open file, which for stdin may be a
/// terminal that other programs use as well. Files that epoll does not take are always readable for poll(2).
/// </remarks>
[ProgramSeam]
internal sealed class WatchedPipe : IDisposable
{
    private readonly SafeFileHandle _pipe;
    private readonly PollRegistration _registration;

    /// <summary>Owns <paramref name="pipe"/> from now on; one of <paramref name="pollers"/> watches it.</summary>
    internal WatchedPipe(SafeFileHandle pipe, PollerSet pollers)
    {
        _pipe = pipe;
        _registration = new(pipe, pollers);
    }

    /// <summary>Reads what is there, and waits while the pipe is empty. One caller at a time.</summary>
    /// <returns>How many bytes; 0 when the last writer has closed it.</returns>
    /// <exception cref="IOException">It cannot be read, or not be watched.</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    internal async ValueTask<int> ReadAsync(byte[] buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!IsReady())
            {
                await _registration.ReadableAsync(inPlace: false, cancellationToken).ConfigureAwait(false);
                continue;
            }

            nint count = Libc.Read(_pipe, buffer, buffer.Length);
            if (count >= 0)
            {
                return (int)count;
            }

            if (Libc.Error is not (Libc.Interrupted or Libc.Again))
            {
                throw Libc.Failure("it cannot be read");
            }
        }
    }

    /// <summary>Closes the pipe. A read that waits fails.</summary>
    public void Dispose()
    {
        _registration.Closing();
        _pipe.Dispose();
        _registration.Closed();
    }

    private bool IsReady()
    {
        Span<PollEntry> entry = [PollEntry.Readable((int)_pipe.DangerousGetHandle())];
        return Libc.Poll(entry, 1, 0) != 0; // an error is found by the read
    }
}
