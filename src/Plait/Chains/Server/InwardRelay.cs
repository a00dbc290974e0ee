using Plait.Diagnostics.Events;
using Plait.Relays;

namespace Plait.Chains.Server;

/// <summary>A bridge's relay whose second side is hop <paramref name="hop"/>, or tor for -1.</summary>
/// <param name="connection">Whose relay it is.</param>
/// <param name="outerHop">The hop that its first side has passed; the number of hops for the network itself.</param>
/// <param name="hop">The hop.</param>
/// <param name="isAwaited">Whether the hop is known to bring this very stream to its joint.</param>
/// <param name="begins">Whether the connection began with the stream on the first side.</param>
internal sealed class InwardRelay(ChainConnection connection, int outerHop, int hop, bool isAwaited, bool begins) : RelayObserver
{
    /// <summary>
    /// Its first side is a transport that listens at the wire itself. Plait does not see what that exchanges with the network, so the bytes
    /// that it hands on are counted for it.
    /// </summary>
    private bool IsBehindWire => outerHop == connection.Hops.Count - 1 && begins;

    /// <summary>A peer that the wire hop rejects is a stranger, and later failures were recorded at their joint.</summary>
    private bool IsInFrontOfWire => outerHop == connection.Hops.Count;

    /// <summary>The hop was given the stream and has not brought it to its joint.</summary>
    private bool HasNotBrought => hop >= 0 && connection.Hops[hop].Joint == JointKind.InProcess;

    internal override void MovedForward(int bytes)
    {
        if (hop < 0)
        {
            connection.NoteInward();
        }
        else
        {
            connection.Hops[hop].GivenInward(bytes);
        }

        if (IsBehindWire)
        {
            connection.Hops[^1].CountInward(bytes);
        }
    }

    internal override void MovedBackward(int bytes)
    {
        if (hop < 0)
        {
            connection.NoteOutward();
        }
        else
        {
            connection.Hops[hop].BroughtOutward(bytes);
        }

        if (IsBehindWire)
        {
            connection.Hops[^1].GivenOutward(bytes);
        }
    }

    internal override void EndedFirst(RelaySide side)
    {
        if (side == RelaySide.Second && !IsInFrontOfWire && HasNotBrought && isAwaited)
        {
            connection.NeverBrought(hop);
        }
    }

    internal override void SecondFailed()
    {
        if (!IsInFrontOfWire && !HasNotBrought)
        {
            connection.BrokeOff(hop);
        }
    }
}
