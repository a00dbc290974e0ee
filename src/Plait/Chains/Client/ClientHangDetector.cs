using Plait.Wire.Socks;

namespace Plait.Chains.Client;

/// <summary>
/// Gives up a program that does not even answer a greeting. A program that is slow to connect answers the greeting at once. A program
/// that hangs (stopped, deadlocked) does not, although the system has accepted the connection for it.
/// </summary>
/// <remarks>
/// A program that is slow for one connection only still moves the bytes of others, or answers them. If it did either within the limit,
/// another limit follows.
/// </remarks>
internal sealed class ClientHangDetector : IDisposable
{
    private readonly SocksClientHandshake _handshake;
    private readonly HopTrace _hop;
    private readonly CancellationTokenSource _giveUp;
    private readonly ITimer _timer;
    private uint _signs;

    /// <param name="handshake">The handshake with the program.</param>
    /// <param name="hop">The hop that the program serves.</param>
    /// <param name="limit">How long it may give no sign of life, on this connection or another.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">The opening's deadline, which <see cref="Token"/> passes on.</param>
    internal ClientHangDetector(
        SocksClientHandshake handshake, HopTrace hop, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        (_handshake, _hop, _signs) = (handshake, hop, hop.SignsOfLife);
        _giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _timer = time.CreateTimer(static watch => ((ClientHangDetector)watch!).Look(), this, limit, limit);
    }

    /// <summary>Fires when the program hangs, and with the opening's deadline.</summary>
    internal CancellationToken Token => _giveUp.Token;

    /// <summary>The program has given no sign of life within the limit.</summary>
    internal bool Hangs { get; private set; }

    public void Dispose()
    {
        _timer.Dispose();
        _giveUp.Dispose();
    }

    private void Look()
    {
        uint before = _signs;
        _signs = _hop.SignsOfLife;
        if (_handshake.IsAnswered || _signs != before || Hangs)
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
