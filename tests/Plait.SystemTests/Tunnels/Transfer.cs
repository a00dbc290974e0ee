using System.Net.Sockets;
using System.Security.Cryptography;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Tunnels;

/// <summary>
/// A connection to an echo that sends without a pause until it is told to end. What went out and what came back are hashed: nothing may be lost,
/// added or changed.
/// </summary>
internal sealed class Transfer : IDisposable
{
    private const int Portion = 32 << 10;
    private const int AtOnce = 256 << 10; // what may be under way, so that the end comes soon

    private readonly Socket _socket;
    private readonly CancellationTokenSource _enough = new();
    private readonly SemaphoreSlim _echoed = new(AtOnce / Portion);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<(string Hash, long Count)> _sending;
    private readonly Task<string> _receiving;
    private long _received;
    private int _portions;

    private Transfer(Socket socket)
    {
        _socket = socket;
        _sending = SendAsync();
        _receiving = ReceiveAsync();
    }

    /// <summary>Begins, and returns when bytes have come back.</summary>
    public static async Task<Transfer> BeginAsync(Socket socket)
    {
        var transfer = new Transfer(socket);
        try
        {
            await (await Task.WhenAny(transfer._started.Task, transfer._sending, transfer._receiving).Within("bytes come back"));
            return transfer;
        }
        catch
        {
            transfer.Dispose();
            throw;
        }
    }

    /// <summary>How many bytes have come back.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Waits until more has come back.</summary>
    public async Task GoesOnAsync()
    {
        long before = Received;
        await Deadline.PollAsync(
            () => Received > before + AtOnce || _receiving.IsCompleted ? this : null, "more comes back"); // more than was under way
        Assert.False(_receiving.IsCompleted, "the connection has ended");
    }

    /// <summary>Sends no more, waits for the rest, and compares.</summary>
    /// <returns>How many bytes came back.</returns>
    public async Task<long> FinishAsync()
    {
        await _enough.CancelAsync();
        (string sent, long count) = await _sending.Within("all is sent");
        await Deadline.PollAsync(
            () => Received >= count || _receiving.IsCompleted ? this : null, "the rest comes back", details: () => $"{Received} of {count} bytes");
        Assert.Equal(count, Received);
        _socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(sent, await _receiving.Within("the other end ends too"));
        return count;
    }

    public void Dispose()
    {
        _enough.Cancel();
        _socket.Dispose();
    }

    private async Task<(string Hash, long Count)> SendAsync()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] bytes = RandomNumberGenerator.GetBytes(Portion);
        long count = 0;
        while (!_enough.IsCancellationRequested)
        {
            try
            {
                await _echoed.WaitAsync(_enough.Token);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            BitConverter.TryWriteBytes(bytes, count); // no two portions are alike
            hash.AppendData(bytes);
            await _socket.WriteAllAsync(bytes);
            count += bytes.Length;
        }

        return (Convert.ToHexString(hash.GetHashAndReset()), count);
    }

    private async Task<string> ReceiveAsync()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[64 << 10];
        int count;
        while ((count = await _socket.ReceiveAsync(buffer)) > 0)
        {
            hash.AppendData(buffer, 0, count);
            long received = Interlocked.Add(ref _received, count);
            _started.TrySetResult();
            for (; _portions < received / Portion; _portions++)
            {
                _echoed.Release();
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
