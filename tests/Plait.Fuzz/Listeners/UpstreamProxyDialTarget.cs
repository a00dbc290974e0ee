using System.Net.Sockets;
using Plait.Fuzz.Engine;
using Plait.Hosting;

namespace Plait.Fuzz.Listeners;

/// <summary>An upstream proxy that misbehaves. A script is played on the connection that Plait has made to it.</summary>
internal sealed class UpstreamProxyDialTarget : ListenerTarget
{
    private ClientSide _side = null!;

    internal override string Name => "dial-proxy";

    internal override string Invariant =>
        "whatever the upstream proxy says, tor gets an answer and an end; then a good connection works and nothing is left";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "\x05\x00", "\x05\xff", "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", "\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00",
        "\x05\x00\x00\x03\x04host\x00\x50"
    ];

    protected override IPlaitHost Host => _side.Host;

    protected override bool OthersIdle => _side.Proxy.Open == 0;

    protected override async Task StartAsync() => _side = await ClientSide.StartAsync("", "dummy");

    protected override Task StopAsync() => _side.DisposeAsync().AsTask();

    protected override Task BeGoodAsync() => _side.BeGoodAsync();

    protected override async Task<string> AttackAsync(IReadOnlyList<AttackStep> steps)
    {
        using var attack = new Attack { OpenAsync = () => Task.FromResult<Socket?>(null) };
        Task<Task> played = ScriptedServer.PlayOnce(_side.Proxy, attack, steps);
        Task opening = _side.OpenAndSayAsync();
        await await played.Within("the proxy is dialled");
        await opening.Within("tor gets an answer and an end");
        AttackerConnection connection = attack.Connections[0];
        return Behaviour.Of(connection.Received.Length, connection.EndedByReset, connection.Finished);
    }
}
