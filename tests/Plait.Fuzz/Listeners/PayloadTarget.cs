using System.Net;
using System.Net.Sockets;
using Plait.Fuzz.Engine;

namespace Plait.Fuzz.Listeners;

/// <summary>The public listener of a bridge, with the chain behind it. All bytes are payload.</summary>
internal sealed class PayloadTarget() : ServerSideTarget(extOrPort: true)
{
    internal override string Name => "listen-network";

    internal override string Invariant =>
        "bytes come back in order and unchanged, all of them where neither side closed in between; tor is told the true address; "
        + "then a good connection works and nothing is left";

    protected override async Task<string> AttackAsync(IReadOnlyList<AttackStep> steps)
    {
        Side.Told.Clear();
        HashSet<IPEndPoint> addresses = [];
        using var attack = new Attack
        {
            OpenAsync = async () =>
            {
                Socket socket = await Sockets.ConnectAsync(Side.Public);
                addresses.Add((IPEndPoint)socket.LocalEndPoint!);
                return socket;
            },
            Owed = connection => connection.Sent.Length,
        };
        await attack.PlayAsync(steps);
        List<string> happened = [.. attack.Connections.Select(CheckEcho)];
        Check.That(attack.Connections.Where(connection => connection is { Finished: true, EndedByReset: false })
            .All(connection => connection.Received.Length == connection.Sent.Length), "all bytes come back where neither side closed in between");
        Check.That(Side.Told.All(addresses.Contains), "tor is told the true address");
        return Behaviour.Of([.. happened.Distinct().Order(), happened.Count, Side.Told.Count]);
    }

    /// <summary>What came back is what was sent, or its beginning.</summary>
    internal static string CheckEcho(AttackerConnection connection)
    {
        byte[] sent = connection.Sent;
        byte[] received = connection.Received;
        Check.That(sent.AsSpan().StartsWith(received), "bytes come back in order and unchanged");
        bool all = received.Length == sent.Length;
        return Behaviour.Of(all, received.Length > 0, connection.Finished, connection.EndedByReset);
    }
}
