using System.Net.Sockets;

namespace Plait.DummyTransport;

/// <summary>One stream to tor, and the requests that carry it. It lives on while connections come and go (R4).</summary>
internal sealed class MeekSession(Task<Socket?> opening) : IDisposable
{
    private const int MaxAnswer = 65536; // K7: a client drops what is more
    private static readonly TimeSpan s_wait = TimeSpan.FromMilliseconds(10); // K11

    private readonly SemaphoreSlim _turn = new(1);
    private readonly byte[] _buffer = new byte[MaxAnswer];

    /// <summary>When it was last used, in the clock of <see cref="Environment.TickCount64"/>.</summary>
    public long LastUsed { get; private set; } = Environment.TickCount64;

    /// <summary>Sends a body on, and takes what has come back.</summary>
    /// <returns>The answer's body; null where the stream has ended.</returns>
    public async Task<byte[]?> ExchangeAsync(byte[] body)
    {
        await _turn.WaitAsync();
        try
        {
            LastUsed = Environment.TickCount64;
            if (await opening is not { } far)
            {
                return null;
            }

            await far.WriteAsync(body);
            using var limit = new CancellationTokenSource(s_wait);
            int read = await far.ReceiveAsync(_buffer, limit.Token);
            return read > 0 ? _buffer[..read] : null;
        }
        catch (OperationCanceledException)
        {
            return [];
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            return null;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        if (opening.IsCompletedSuccessfully)
        {
            opening.Result?.Dispose();
        }
    }
}
