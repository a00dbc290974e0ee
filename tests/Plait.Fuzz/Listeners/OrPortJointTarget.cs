using System.Net;
using System.Net.Sockets;
using Plait.Fuzz.Engine;
using Plait.Hosting;

namespace Plait.Fuzz.Listeners;

/// <summary>
/// The plain ORPort joint behind a bridge's child. All bytes are payload. The token <c>client</c> writes nothing: a client
/// connects, and the child sits on it.
/// </summary>
internal sealed class OrPortJointTarget : ListenerTarget
{
    private const string Client = "client";

    private ServerSide _side = null!;

    internal override string Name => "listen-orport";

    internal override string Invariant =>
        "what comes is passed on unchanged or not at all; tor is told a client's true address or none; then a good "
        + "connection works and nothing is left";

    protected override IReadOnlyList<string> TokenNames { get; } = [Client];

    protected override IPlaitHost Host => _side.Host;

    protected override bool OthersIdle => _side.Idle;

    protected override async Task StartAsync() => _side = await ServerSide.StartAsync(extOrPort: false);

    protected override Task StopAsync() => _side.DisposeAsync().AsTask();

    protected override Task BeGoodAsync() => _side.BeGoodAsync();

    protected override async Task<string> AttackAsync(IReadOnlyList<AttackStep> steps)
    {
        _side.Told.Clear();
        List<Socket> clients = [];
        HashSet<IPEndPoint> addresses = [];
        using var attack = new Attack
        {
            OpenAsync = async () => await Sockets.ConnectAsync(_side.Joint),
            Owed = connection => Math.Min(1, connection.Sent.Length),
            TokenAsync = async (_, _) =>
            {
                (Socket client, _) = await _side.ConnectHeldAsync();
                clients.Add(client);
                addresses.Add((IPEndPoint)client.LocalEndPoint!);
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
            _side.LetGo();
        }

        List<string> happened = [.. attack.Connections.Select(PayloadTarget.CheckEcho)];
        Check.That(_side.Told.All(addresses.Contains), "tor is told a client's true address or none");
        return Behaviour.Of([.. happened.Distinct().Order(), happened.Count, clients.Count, _side.Told.Count]);
    }
}
