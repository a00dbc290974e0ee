using Plait.Connections;
using Plait.Relays;

namespace Plait.Chains.Client;

/// <summary>A client's relay whose second side is hop <paramref name="hop"/>, or the network for the number of hops.</summary>
/// <param name="connection">The connection that it belongs to.</param>
/// <param name="hop">The hop.</param>
internal sealed class OutwardRelay(ChainConnection connection, int hop) : RelayObserver
{
    /// <summary>Relays between two streams of a connection, the second of hop <paramref name="hop"/>, until both directions have ended.</summary>
    internal static Task<RelayResult> RunAsync(
        ChainConnection connection, int hop, ByteConnection first, ByteConnection second, CancellationToken stopping) =>
        Relay.RunAsync(first, second, connection.RelayTo(new OutwardRelay(connection, hop)), stopping);

    private bool IsToNetwork => hop == connection.Hops.Count;

    internal override void MovedForward(int bytes)
    {
        if (hop == 0)
        {
            connection.NoteOutward();
        }

        if (IsToNetwork)
        {
            connection.Hops[^1].Lives();
        }
        else
        {
            connection.Hops[hop].CountOutward(bytes);
        }
    }

    internal override void MovedBackward(int bytes)
    {
        if (hop == 0)
        {
            connection.NoteInward();
        }

        if (IsToNetwork)
        {
            connection.Hops[^1].HearsNetwork();
        }
        else
        {
            connection.Hops[hop].CountInward(bytes);
        }
    }

    internal override void EndedFirst(RelaySide side)
    {
        if (IsToNetwork)
        {
            connection.NetworkEnded(side);
        }
    }

    internal override void SecondFailed()
    {
        if (hop > 0) // the listener, which has the other side, reports hop 0
        {
            connection.BrokeOff(hop);
        }
    }
}
