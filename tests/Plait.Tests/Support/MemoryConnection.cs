using Plait.Connections;

namespace Plait.Tests.Support;

/// <summary>
/// One end of a connection in memory. A read of what is already there completes at once, so that a test sees without
/// waiting what has not been relayed.
/// </summary>
internal sealed class MemoryConnection : ByteConnection
{
    private readonly Direction _in;
    private readonly Direction _out;

    private MemoryConnection(Direction input, Direction output)
    {
        _in = input;
        _out = output;
    }

    /// <summary>Two ends that are connected with each other.</summary>
    internal static (MemoryConnection Here, MemoryConnection There) Pair()
    {
        var one = new Direction();
        var other = new Direction();
        return (new(one, other), new(other, one));
    }

    /// <summary>Bytes that the other end has written and this one has not read.</summary>
    internal int Available => _in.Count;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        _in.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        _out.Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        _out.End(reset: false);
        return ValueTask.CompletedTask;
    }

    public override void Abort()
    {
        _in.End(reset: true);
        _out.End(reset: true);
    }

    public override ValueTask DisposeAsync() => CompleteWritesAsync(CancellationToken.None);

    private sealed class Direction
    {
        private readonly Lock _lock = new();
        private readonly Queue<byte> _bytes = new();
        private TaskCompletionSource _changed = New();
        private bool _ended;
        private bool _reset;

        internal int Count
        {
            get
            {
                lock (_lock)
                {
                    return _bytes.Count;
                }
            }
        }

        internal async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task changed;
                lock (_lock)
                {
                    if (_reset)
                    {
                        throw new IOException("The connection was reset.");
                    }

                    if (_bytes.Count > 0 || _ended)
                    {
                        int count = Math.Min(buffer.Length, _bytes.Count);
                        for (int i = 0; i < count; i++)
                        {
                            buffer.Span[i] = _bytes.Dequeue();
                        }

                        return count;
                    }

                    changed = _changed.Task;
                }

                await changed.WaitAsync(cancellationToken);
            }
        }

        internal void Write(ReadOnlySpan<byte> bytes)
        {
            lock (_lock)
            {
                if (_ended)
                {
                    throw new IOException("Nothing can be written any more.");
                }

                foreach (byte each in bytes)
                {
                    _bytes.Enqueue(each);
                }

                Change();
            }
        }

        internal void End(bool reset)
        {
            lock (_lock)
            {
                _ended = true;
                _reset |= reset;
                Change();
            }
        }

        private void Change()
        {
            _changed.TrySetResult();
            _changed = New();
        }

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
