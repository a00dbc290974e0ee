using Plait.Connections;

namespace Plait.Benchmarks.Relays;

/// <summary>Gives a number of bytes as fast as they are taken, then its end; takes whatever it is given. Never waits.</summary>
internal sealed class RepeatingConnection(ReadOnlyMemory<byte> content, int repetitions) : ByteConnection
{
    private ReadOnlyMemory<byte> _left;
    private int _repetitionsLeft;

    /// <summary>Begins, or begins again; before that there is only the end.</summary>
    internal void Rewind() => (_left, _repetitionsLeft) = (content, repetitions);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_left.IsEmpty && _repetitionsLeft > 1)
        {
            _repetitionsLeft--;
            _left = content;
        }

        int count = Math.Min(buffer.Length, _left.Length);
        _left[..count].CopyTo(buffer);
        _left = _left[count..];
        return new(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public override void Abort() => (_left, _repetitionsLeft) = (default, 0);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
