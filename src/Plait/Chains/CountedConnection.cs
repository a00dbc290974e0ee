using Plait.Connections;

namespace Plait.Chains;

/// <summary>Counts the bytes that an in-process hop exchanges with the hop behind it: between the two there is no relay to count them.</summary>
internal sealed class CountedConnection(ByteConnection inner, HopTrace trace) : WrappedConnection(inner)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ValueTask<int> reading = Inner.ReadAsync(buffer, cancellationToken);
        if (!reading.IsCompletedSuccessfully)
        {
            return CountAsync(reading);
        }

        int count = reading.Result;
        trace.CountInward(count);
        return new(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        ValueTask writing = Inner.WriteAsync(buffer, cancellationToken);
        if (!writing.IsCompletedSuccessfully)
        {
            return CountAsync(writing, buffer.Length);
        }

        writing.GetAwaiter().GetResult();
        trace.CountOutward(buffer.Length);
        return default;
    }

    private async ValueTask<int> CountAsync(ValueTask<int> reading)
    {
        int count = await reading.ConfigureAwait(false);
        trace.CountInward(count);
        return count;
    }

    private async ValueTask CountAsync(ValueTask writing, int length)
    {
        await writing.ConfigureAwait(false);
        trace.CountOutward(length);
    }
}
