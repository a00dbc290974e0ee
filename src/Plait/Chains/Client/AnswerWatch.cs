using Plait.Wire.Socks;

namespace Plait.Chains.Client;

/// <summary>
/// Gives up a program that does not even answer a greeting: one that takes its time to connect has answered that at once, one
/// that hangs (stopped, deadlocked) has not, although the system has taken the connection in its name.
/// </summary>
internal sealed class AnswerWatch : IDisposable
{
    private readonly CancellationTokenSource _giveUp;
    private readonly ITimer _timer;

    /// <param name="handshake">What the program is asked.</param>
    /// <param name="limit">How long its first answer may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">The opening's deadline, which <see cref="Token"/> passes on.</param>
    internal AnswerWatch(SocksClientHandshake handshake, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        _giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _timer = time.CreateTimer(_ => Look(handshake), null, limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Fires when the program hangs, and with the opening's deadline.</summary>
    internal CancellationToken Token => _giveUp.Token;

    /// <summary>The program has not answered within the limit.</summary>
    internal bool Hangs { get; private set; }

    public void Dispose()
    {
        _timer.Dispose();
        _giveUp.Dispose();
    }

    private void Look(SocksClientHandshake handshake)
    {
        if (handshake.IsAnswered)
        {
            return;
        }

        Hangs = true;
        try
        {
            _giveUp.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The handshake has just ended otherwise.
        }
    }
}
