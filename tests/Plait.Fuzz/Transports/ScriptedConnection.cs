using Plait.Connections;

namespace Plait.Fuzz.Transports;

/// <summary>Gives bytes in pieces, then ends; keeps what is written.</summary>
internal sealed class ScriptedConnection(byte[] input, Func<int> nextPiece) : ByteConnection
{
    private readonly MemoryStream _written = new();
    private int _read;

    internal byte[] Written => _written.ToArray();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty)
        {
            return ValueTask.FromResult(0);
        }

        int count = Math.Min(Math.Min(nextPiece(), buffer.Length), input.Length - _read);
        input.AsMemory(_read, count).CopyTo(buffer);
        _read += count;
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        _written.Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public override void Abort()
    {
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Reads a connection to its end.</summary>
    /// <returns>What came, and whether it ended by an error.</returns>
    internal static (byte[] Payload, bool Failed) ReadAll(ByteConnection connection)
    {
        var payload = new MemoryStream();
        byte[] buffer = new byte[7];
        try
        {
            int count;
            while ((count = connection.ReadAsync(buffer, CancellationToken.None).AsTask().GetAwaiter().GetResult()) > 0)
            {
                payload.Write(buffer, 0, count);
            }

            return (payload.ToArray(), false);
        }
        catch (IOException)
        {
            return (payload.ToArray(), true);
        }
    }
}
