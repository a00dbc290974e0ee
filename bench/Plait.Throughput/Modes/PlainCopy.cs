using System.Net.Sockets;

namespace Plait.Throughput.Modes;

/// <summary>The relay that everybody writes first: two loops of receive and send.</summary>
internal static class PlainCopy
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Both ways until both have ended, or one fails.</summary>
    /// <param name="first">The outer side at a bridge.</param>
    /// <param name="second">The inner side.</param>
    /// <param name="firstByteHold">
    /// Holds the second side's bytes until the first has sent some, or this long: without it openings are lost (the
    /// first-byte gate). Null: no gate.
    /// </param>
    internal static async Task RunAsync(Socket first, Socket second, TimeSpan? firstByteHold)
    {
        first.NoDelay = second.NoDelay = true;
        var firstMoved = new TaskCompletionSource();
        try
        {
            await Task.WhenAll(Fail(ForwardAsync()), Fail(BackwardAsync()));
        }
        finally
        {
            first.Dispose();
            second.Dispose();
        }

        Task ForwardAsync() => CopyAsync(first, second, firstMoved);

        async Task BackwardAsync()
        {
            if (firstByteHold is { } hold)
            {
                await firstMoved.Task.WaitAsync(hold).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await CopyAsync(second, first, moved: null);
        }

        async Task Fail(Task way)
        {
            try
            {
                await way;
            }
            catch (SocketException)
            {
                first.Dispose();
                second.Dispose();
                throw;
            }
        }
    }

    private static async Task CopyAsync(Socket from, Socket to, TaskCompletionSource? moved)
    {
        byte[] buffer = new byte[BufferSize];
        int count;
        while ((count = await from.ReceiveAsync(buffer)) > 0)
        {
            for (int sent = 0; sent < count;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }

            moved?.TrySetResult();
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
