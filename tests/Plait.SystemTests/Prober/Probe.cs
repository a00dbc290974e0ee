using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Plait.SystemTests.Prober;

/// <summary>What a prober does besides sending.</summary>
internal enum Manner
{
    /// <summary>It waits for the end, and writes a byte after it.</summary>
    WritesOn,

    /// <summary>It waits for the end, and keeps its own side open after it.</summary>
    StaysOpen,

    /// <summary>It ends its side once it has sent.</summary>
    Finishes,

    /// <summary>It resets the connection once it has sent, and connects anew.</summary>
    Resets,

    /// <summary>It sends an urgent byte first, and waits for the end.</summary>
    IsUrgent,

    /// <summary>It sends an urgent byte first, and ends its side once it has sent.</summary>
    IsUrgentAndFinishes,
}

/// <summary>One connection of a prober, and what it sees.</summary>
/// <param name="payload">What it sends.</param>
/// <param name="manner">What it does besides.</param>
internal sealed class Probe(Payload payload, Manner manner) : IDisposable
{
    /// <summary>What ends sooner ends at once; obfs4proxy gives 30 s for a handshake (O4-33), and a trickle on a busy machine took 11 s.</summary>
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(20);

    /// <summary>What is not listened on.</summary>
    public static readonly Sight Refused = new("refused");

    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_answerToAWrite = TimeSpan.FromSeconds(2); // a reset is back within microseconds

    private readonly byte[] _buffer = new byte[65536];
    private Socket _socket = null!;
    private long _answered;
    private bool _wasReset;
    private volatile bool _hasSent;

    private bool IsUrgent => manner is Manner.IsUrgent or Manner.IsUrgentAndFinishes;

    /// <summary>Probes.</summary>
    /// <param name="target">Where.</param>
    /// <param name="window">How long it waits for an end.</param>
    /// <param name="after">How long it watches after the end.</param>
    public async Task<Sight> RunAsync(IPEndPoint target, TimeSpan window, TimeSpan after)
    {
        if (await ConnectAsync(target) is { } refused)
        {
            return refused;
        }

        long began = Stopwatch.GetTimestamp();
        using var limit = new CancellationTokenSource(window);
        Task sending = SendAsync(limit.Token);
        if (manner == Manner.Resets)
        {
            await sending;
            return await ResetAsync(target);
        }

        bool ended = await ReadToEndAsync(limit.Token);
        bool wasSending = payload.IsTrickle && !_hasSent;
        TimeSpan time = Stopwatch.GetElapsedTime(began);
        bool isTaken = !IsUrgent || TcpState.Of(_socket).IsAcknowledged;
        string answered = _answered > 0 ? "answers, " : "";
        if (!ended)
        {
            return new($"{answered}stays open{(isTaken ? "" : " and takes no more")}");
        }

        await limit.CancelAsync();
        await sending;
        string when = time < s_atOnce ? "at once" : "at its limit";
        if (wasSending) // whether a byte was under way when it closed, and so whether FIN or RST is met, is chance
        {
            return new($"{answered}ends {when} while bytes come", time);
        }

        try
        {
            // A FIN and the reset of what was still under way are one: which of them is met first is chance.
            return _wasReset
                ? new($"{answered}RST {when}", time)
                : new($"{answered}FIN {when}{await AfterwardsAsync(after)}", time);
        }
        catch (SocketException e) when (IsReset(e))
        {
            return new($"{answered}RST {when}", time);
        }
    }

    public void Dispose() => _socket?.Dispose();

    private async Task<Sight?> ConnectAsync(IPEndPoint target)
    {
        _socket = new(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await _socket.ConnectAsync(target);
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return Refused;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return new("RST at once"); // it was taken before
        }
    }

    private async Task SendAsync(CancellationToken stop)
    {
        try
        {
            if (IsUrgent)
            {
                _socket.Send([0x21], SocketFlags.OutOfBand);
            }

            await payload.SendAsync(_socket, stop);
            _hasSent = true;
            if (manner is Manner.Finishes or Manner.IsUrgentAndFinishes)
            {
                _socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (SocketException e) when (IsReset(e))
        {
            _wasReset = true; // the system tells a reset once, to a writer or to a reader
        }
        catch (OperationCanceledException)
        {
            // It takes no more.
        }
    }

    /// <summary>Reads until the other side ends it.</summary>
    /// <returns>False where it did not.</returns>
    private async Task<bool> ReadToEndAsync(CancellationToken stop)
    {
        try
        {
            int read;
            while ((read = await _socket.ReceiveAsync(_buffer, stop)) > 0)
            {
                _answered += read;
            }

            return true;
        }
        catch (SocketException e) when (IsReset(e))
        {
            return _wasReset = true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<Sight> ResetAsync(IPEndPoint target)
    {
        _socket.LingerState = new(enable: true, seconds: 0);
        _socket.Dispose();
        return await ConnectAsync(target) ?? new("a new connection is taken");
    }

    private async Task<string> AfterwardsAsync(TimeSpan after)
    {
        switch (manner)
        {
            case Manner.StaysOpen:
                return await IsClosedWithinAsync(after) ? "; RST later" : "; silence";
            case Manner.WritesOn:
                _socket.Send([0x21]);
                return await IsClosedWithinAsync(s_answerToAWrite) ? "; the write meets RST" : "; the write is taken";
            default:
                return "";
        }
    }

    private async Task<bool> IsClosedWithinAsync(TimeSpan limit)
    {
        using var pace = new PeriodicTimer(s_pollInterval);
        long began = Stopwatch.GetTimestamp();
        while (!TcpState.Of(_socket).IsClosed)
        {
            if (Stopwatch.GetElapsedTime(began) > limit)
            {
                return false;
            }

            await pace.WaitForNextTickAsync();
        }

        return true;
    }

    private static bool IsReset(SocketException e) => e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown;
}
