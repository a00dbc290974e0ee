using System.Net.Sockets;
using Plait.Fuzz.Engine;

namespace Plait.Fuzz.Listeners;

/// <summary>
/// A server that misbehaves where tor's Extended ORPort should be. A script is played on the connection that Plait made to it.
/// </summary>
internal sealed class TorDialTarget() : ServerSideTarget(extOrPort: true)
{
    internal override string Name => "dial-tor";

    internal override string Invariant =>
        "a server that does not know the cookie gets no address; the client's connection ends; then a good connection works and "
        + "nothing is left";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "\x01\x00", "\x02\x01\x00", "\x00", "\x01", "\x10\x00\x00\x00", "\x10\x01\x00\x00", "\xff\xff\xff\xff"
    ];

    protected override async Task<string> AttackAsync(IReadOnlyList<AttackStep> steps)
    {
        using var attack = new Attack { OpenAsync = () => Task.FromResult<Socket?>(null) };
        Task<Task> played = ScriptedServer.PlayOnce(Side.Tor, attack, steps);
        using var client = new AttackerConnection(await Sockets.ConnectAsync(Side.Public));
        await client.SendAsync([1, 2, 3]);
        await await played.Within("tor is dialled");
        await client.FinishAsync();
        byte[] heard = attack.Connections[0].Received;
        Check.That(heard.Length is 0 or 33, "a server that does not know the cookie gets a nonce at most"); // 01 ClientNonce
        Check.That(client.Received.Length == 0, "no bytes come in tor's place");
        return Behaviour.Of(heard.Length, client.EndedByReset, attack.Connections[0].EndedByReset);
    }
}
