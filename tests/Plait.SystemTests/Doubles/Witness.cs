using System.Net;
using System.Net.Sockets;

namespace Plait.SystemTests.Doubles;

/// <summary>How a connection ends for its peer.</summary>
internal enum Ending
{
    /// <summary>With a FIN: the other side has finished.</summary>
    End,

    /// <summary>With an RST.</summary>
    Reset,
}

/// <summary>
/// The network in front of a bridge: forwards each connection to it, sees how the bridge ends it, and can break it off.
/// </summary>
internal sealed class Witness : IAsyncDisposable
{
    private readonly LoopbackListener _listener;
    private readonly IPEndPoint _target;

    private Witness(IPEndPoint target)
    {
        _target = target;
        _listener = new(ServeAsync);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>How the target ended each connection that it ended.</summary>
    public Recorded<Ending> Endings { get; } = new("connections that the target has ended");

    /// <summary>Forwards to <paramref name="target"/>.</summary>
    public static Witness Start(IPEndPoint target) => new(target);

    /// <summary>Breaks every connection off, towards the client that made it.</summary>
    public void ResetConnections() => _listener.ResetConnections();

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var outward = new Outward(client, far);
        Task sending = Task.CompletedTask;
        try
        {
            await far.ConnectAsync(_target, stop);
            sending = outward.RunAsync(over.Token);
            await DeliverAsync(far, client, stop);
            Endings.Add(await outward.WasResetAsync() ? Ending.Reset : Ending.End);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            Endings.Add(Ending.Reset);
        }
        finally
        {
            await over.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The way back. A client that was broken off gets no more: how the target ends it is seen all the same.</summary>
    private static async Task DeliverAsync(Socket far, Socket client, CancellationToken stop)
    {
        byte[] buffer = new byte[65536];
        int read;
        while ((read = await far.ReceiveAsync(buffer, stop)) > 0)
        {
            try
            {
                await client.WriteAllAsync(buffer.AsMemory(0, read), stop);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Broken off.
            }
        }

        try
        {
            client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The same.
        }
    }

    /// <summary>The way to the target. The system tells a reset once: a writer may have heard of it instead of the reader.</summary>
    private sealed class Outward(Socket client, Socket far)
    {
        private readonly SemaphoreSlim _writes = new(1);
        private bool _reset;

        public async Task RunAsync(CancellationToken stop)
        {
            byte[] buffer = new byte[65536];
            int read;
            while ((read = await client.ReceiveAsync(buffer, stop)) > 0)
            {
                await WriteAsync(buffer.AsMemory(0, read), stop);
            }

            far.Shutdown(SocketShutdown.Send);
        }

        public async Task<bool> WasResetAsync()
        {
            await _writes.WaitAsync(); // a write that has failed says so before the next may begin
            return _reset;
        }

        private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
        {
            await _writes.WaitAsync(stop);
            try
            {
                await far.WriteAllAsync(bytes, stop);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                _reset = true;
                throw;
            }
            finally
            {
                _writes.Release();
            }
        }
    }
}
