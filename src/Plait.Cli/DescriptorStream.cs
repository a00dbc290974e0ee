using Microsoft.Win32.SafeHandles;
using Plait.Connections.Polling;
using Plait.Diagnostics.Events;
using Plait.Native;

namespace Plait.Cli;

/// <summary>
/// Writes to a descriptor that is not ours to close, such as stdout. Not the runtime's console stream, which prepares a terminal and takes a
/// thread for its signals; nor a file stream, which keeps a position of its own in a file that others append to as well.
/// </summary>
/// <remarks>
/// A reader that does not read is waited for in poll(2), not in write(2): a write could not be ended. After
/// <see cref="Hurry"/> that wait has a limit.
/// </remarks>
internal sealed class DescriptorStream(int descriptor) : Stream
{
    // PIPE_BUF: so many bytes do not wait where poll reports that the descriptor can be written (pipe(7)).
    internal const int AtOnce = 4096;

    private const int LookMilliseconds = 20;

    // For all that is written after Hurry together. A reader that runs needs microseconds.
    private static readonly TimeSpan s_lastWait = TimeSpan.FromMilliseconds(250);

    private PollRegistration? _registration; // made at the first wait
    private long _hurriedAt;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Plait ends: from now on a reader that does not read is waited for only a moment. May be called more than once, from any thread.</summary>
    internal void Hurry() => Interlocked.CompareExchange(ref _hurriedAt, Math.Max(TimeProvider.System.GetTimestamp(), 1), 0);

    /// <summary>Waits until the reader has made room. The wait is in a poller and takes no thread.</summary>
    internal async ValueTask WhenWritableAsync()
    {
        try
        {
            while (!IsWritable(0))
            {
                _registration ??= new(new SafeFileHandle(descriptor, ownsHandle: false), ProgramPollers.All);
                await _registration.WritableAsync(inPlace: false, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            // It cannot be watched; the write waits instead.
        }
    }

    /// <exception cref="IOException">It cannot be written: its reader is gone, or does not read although Plait ends.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            WaitUntilWritable();
            nint count = Libc.Write(descriptor, buffer, Math.Min(buffer.Length, AtOnce));
            if (count >= 0)
            {
                buffer = buffer[(int)count..];
            }
            else if (Libc.Error is not (Libc.Again or Libc.Interrupted)) // the first: our parent has set O_NONBLOCK
            {
                throw Libc.Failure("it cannot be written");
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is kept back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void WaitUntilWritable()
    {
        while (!IsWritable(LookMilliseconds))
        {
            if (Interlocked.Read(ref _hurriedAt) is not 0 and var since && TimeProvider.System.GetElapsedTime(since) > s_lastWait)
            {
                throw new IOException("it is not read");
            }
        }
    }

    /// <summary>Whether a write would not wait: there is room, or an error to be found by it.</summary>
    private bool IsWritable(int milliseconds)
    {
        Span<PollEntry> entry = [PollEntry.Writable(descriptor)];
        return Libc.Poll(entry, 1, milliseconds) != 0;
    }
}
