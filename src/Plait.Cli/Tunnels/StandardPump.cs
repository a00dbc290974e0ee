using Microsoft.Win32.SafeHandles;
using Plait.Connections;
using Plait.Connections.Polling;

namespace Plait.Cli.Tunnels;

/// <summary>
/// Moves bytes between stdin and stdout and one connection of a tunnel, as ssh's ProxyCommand needs it. The end of stdin goes out as an end of
/// writing. When the far end has ended and its bytes are written, it is over: a program before us sees the end of its pipe when Plait has ended.
/// </summary>
internal static class StandardPump
{
    private const int BufferSize = 64 << 10;

    /// <summary>Moves bytes until the far end has ended, or the reader of stdout has left. Closes the connection.</summary>
    /// <param name="connection">The tunnel's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal static async Task RunAsync(SocketConnection connection, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using (connection)
        {
            Task sending = SendAsync(connection, ending.Token);
            try
            {
                await ReceiveAsync(connection, ending.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The connection broke, which the chain reports; or the reader of stdout has left.
            }

            await ending.CancelAsync();
            await sending;
        }
    }

    private static async Task SendAsync(SocketConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            if (StandardStreams.HasInput)
            {
                using var input = new WatchedPipe(new SafeFileHandle(0, ownsHandle: false), ProgramPollers.All);
                byte[] buffer = new byte[BufferSize];
                int count;
                while ((count = await input.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    await connection.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                }
            }

            await connection.CompleteWritesAsync(cancellationToken);
        }
        catch (IOException)
        {
            // The other direction finds out.
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    private static async Task ReceiveAsync(SocketConnection connection, CancellationToken cancellationToken)
    {
        await using Stream output = StandardStreams.OpenOutput();
        byte[] buffer = new byte[BufferSize];
        int count;
        while ((count = await connection.ReadAsync(buffer, cancellationToken)) > 0)
        {
            int written = 0;
            while (written < count)
            {
                if (output is DescriptorStream stream)
                {
                    await stream.WhenWritableAsync();
                }

                int part = Math.Min(count - written, DescriptorStream.AtOnce); // so many bytes do not wait
                output.Write(buffer.AsSpan(written, part));
                written += part;
            }
        }
    }
}
