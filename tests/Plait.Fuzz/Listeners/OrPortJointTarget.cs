using System.Net.Sockets;
using Plait.Fuzz.Engine;

namespace Plait.Fuzz.Listeners;

/// <summary>
/// The plain ORPort joint behind a bridge's child. All bytes are payload. The token <c>client</c> writes nothing: a client
/// connects, and the child sits on it.
/// </summary>
internal sealed class OrPortJointTarget() : ServerSideTarget(extOrPort: false)
{
    private const string Client = "client";

    internal override string Name => "listen-orport";

    internal override string Invariant =>
        "what comes is passed on unchanged or not at all; tor is told no client's address; then a good "
        + "connection works and nothing is left";

    protected override IReadOnlyList<string> TokenNames { get; } = [Client];

    protected override async Task<string> AttackAsync(IReadOnlyList<AttackStep> steps)
    {
        Side.Told.Clear();
        List<Socket> clients = [];
        using var attack = new Attack
        {
            OpenAsync = async () => await Sockets.ConnectAsync(Side.Joint),
            Owed = connection => Math.Min(1, connection.Sent.Length),
            TokenAsync = async (_, _) =>
            {
                (Socket client, _) = await Side.ConnectHeldAsync();
                clients.Add(client);
                return [];
            },
        };
        try
        {
            await attack.PlayAsync(steps);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
            Side.LetGo();
        }

        List<string> happened = [.. attack.Connections.Select(PayloadTarget.CheckEcho)];
        Check.That(Side.Told.IsEmpty, "tor is told no client's address");
        return Behaviour.Of([.. happened.Distinct().Order(), happened.Count, clients.Count, Side.Told.Count]);
    }
}
