using System.Net.Sockets;

namespace Plait.Fuzz.Listeners;

/// <summary>One connection of an attacker, and all that was said on it.</summary>
internal sealed class AttackerConnection(Socket socket) : IDisposable
{
    private readonly List<byte> _sent = [];
    private readonly List<byte> _received = [];
    private readonly byte[] _buffer = new byte[4096];
    private Task<int>? _receiving;

    internal byte[] Sent => [.. _sent];

    internal byte[] Received => [.. _received];

    /// <summary>We have said that no more will be written, and have taken all that came until the other side's end.</summary>
    internal bool Finished { get; private set; }

    /// <summary>We have closed or reset.</summary>
    internal bool Gone { get; private set; }

    /// <summary>The other side has ended; whether by a reset.</summary>
    internal bool? EndedByReset { get; private set; }

    internal async Task SendAsync(byte[] bytes)
    {
        if (Gone || Finished)
        {
            return;
        }

        try
        {
            await socket.SendAsync(bytes);
            _sent.AddRange(bytes);
        }
        catch (SocketException)
        {
            EndedByReset = true; // it would not listen any longer
        }
    }

    /// <summary>Waits until <paramref name="count"/> bytes have come in all, or the other side has ended.</summary>
    internal async Task ReceiveAsync(int count)
    {
        while (!Gone && EndedByReset is null && _received.Count < count)
        {
            await ReceiveSomeAsync().Within("the other side answers or ends");
        }
    }

    /// <summary>Waits until something more comes, the other side ends, or a moment has passed.</summary>
    internal async Task ReceiveForAMomentAsync()
    {
        if (!Gone && EndedByReset is null)
        {
            _receiving ??= ReceiveOnceAsync();
            await Task.WhenAny(_receiving, Task.Delay(TimeSpan.FromMilliseconds(10)));
            if (_receiving.IsCompleted)
            {
                await ReceiveSomeAsync();
            }
        }
    }

    /// <summary>Says that no more will be written, and takes what still comes.</summary>
    internal async Task FinishAsync()
    {
        if (Gone || Finished)
        {
            return;
        }

        Finished = true;
        Try(() => socket.Shutdown(SocketShutdown.Send));
        await ReceiveAsync(int.MaxValue);
    }

    internal void Reset()
    {
        Try(() => socket.LingerState = new LingerOption(true, 0));
        Dispose();
    }

    public void Dispose()
    {
        Gone = true;
        socket.Dispose();
    }

    private async Task ReceiveSomeAsync()
    {
        _receiving ??= ReceiveOnceAsync();
        int count = await _receiving;
        _receiving = null;
        _received.AddRange(_buffer.AsSpan(0, Math.Max(0, count)));
        EndedByReset = count > 0 ? null : EndedByReset ?? count < 0;
    }

    /// <summary>Bytes received; 0 at the end, -1 at a reset.</summary>
    private async Task<int> ReceiveOnceAsync()
    {
        try
        {
            return await socket.ReceiveAsync(_buffer);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return -1;
        }
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is over already.
        }
    }
}
