using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Soak;

/// <summary>
/// Connections of mixed sizes against an echo; each checks every byte that comes back. The mix is the same in every run.
/// </summary>
internal sealed class MixedLoad(PublishedPair pair)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private int _connections;
    private int _aborted;
    private long _bytes;

    /// <summary>How many there were.</summary>
    public int Connections => _connections;

    /// <summary>How many of them were reset in the middle, on purpose.</summary>
    public int Aborted => _aborted;

    /// <summary>Bytes that came back as they were sent.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>What went wrong, one text for each connection.</summary>
    public Recorded<string> Failures { get; } = new("failed connections");

    /// <summary>Runs so many connections.</summary>
    public Task RunAsync(int count, int atATime)
    {
        int left = count;
        return Task.WhenAll(Enumerable.Range(0, atATime).Select(_ => WorkAsync()));

        async Task WorkAsync()
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                int number = Interlocked.Increment(ref _connections);
                try
                {
                    await OneAsync(number);
                }
                catch (Exception e) when (e is SocketException or EndOfStreamException or TimeoutException
                    or SocksRefusedException or InvalidDataException)
                {
                    Failures.Add($"connection {number}, {SizeOf(number)} bytes: {e.Message}");
                }
            }
        }
    }

    /// <summary>Most are small, as a circuit's cells are; some are pages, a few are downloads.</summary>
    private static int SizeOf(int number) => (number % 20) switch
    {
        0 => 2_000_000 + (number % 7 * 100_003),
        1 or 2 or 3 => 100_000 + (number % 11 * 9_973),
        4 or 5 => 1,
        _ => 500 + (number % 13 * 997),
    };

    /// <summary>A socket that is dropped with bytes under way, both ways.</summary>
    private static bool IsCutShort(int number) => number % 50 == 3;

    private async Task OneAsync(int number)
    {
        byte[] sent = new byte[SizeOf(number)];
        new Random(number).NextBytes(sent);
        using Socket socket = await pair.OpenAsync();
        if (IsCutShort(number))
        {
            await socket.WriteAllAsync(sent);
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            Interlocked.Increment(ref _aborted);
            return;
        }

        Task sending = socket.WriteAllAsync(sent);
        await CompareAsync(socket, sent).Within($"{sent.Length} bytes come back", s_patience);
        await sending;
    }

    private async Task CompareAsync(Socket socket, byte[] sent)
    {
        byte[] buffer = new byte[65536];
        for (int have = 0; have < sent.Length;)
        {
            int count = await socket.ReceiveAsync(buffer);
            if (count == 0)
            {
                throw new EndOfStreamException($"the stream ended after {have} bytes");
            }

            if (have + count > sent.Length || !buffer.AsSpan(0, count).SequenceEqual(sent.AsSpan(have, count)))
            {
                throw new InvalidDataException($"between byte {have} and {have + count} something else came back");
            }

            have += count;
            Interlocked.Add(ref _bytes, count);
        }
    }
}
