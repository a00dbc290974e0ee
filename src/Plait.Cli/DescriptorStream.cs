using Plait.Connections.Polling;

namespace Plait.Cli;

/// <summary>
/// Writes to a descriptor that is not ours to close, such as stdout. Not the runtime's console stream, which prepares a terminal and takes a
/// thread for its signals; nor a file stream, which keeps a position of its own in a file that others append to as well.
/// </summary>
internal sealed class DescriptorStream(int descriptor) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">It cannot be written: its reader is gone, for instance.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint count = Libc.Write(descriptor, buffer, buffer.Length);
            if (count >= 0)
            {
                buffer = buffer[(int)count..];
            }
            else if (Libc.Error == Libc.Again) // our parent has set O_NONBLOCK
            {
                Span<PollEntry> entry = [PollEntry.Writable(descriptor)];
                _ = Libc.Poll(entry, 1, -1);
            }
            else if (Libc.Error != Libc.Interrupted)
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
}
