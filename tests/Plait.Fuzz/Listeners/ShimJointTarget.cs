using System.Net;
using System.Net.Sockets;
using Plait.Fuzz.Engine;
using Plait.Hosting;
using Plait.Wire.Socks;

namespace Plait.Fuzz.Listeners;

/// <summary>
/// A child that misbehaves at its SOCKS port and at the shim behind it, in a chain sham|dummy. A script begins on the
/// connection that Plait has made to the child; <c>open</c> dials the shim that the child was asked for.
/// </summary>
internal sealed class ShimJointTarget : ListenerTarget
{
    private const string Method = "method";
    private const string Granted = "granted";
    private const string Refused = "refused";

    private LoopbackServer _transport = null!;
    private ClientSide _side = null!;

    internal override string Name => "listen-shim";

    internal override string Invariant =>
        "whatever a child says and dials, tor gets an answer and an end; then a good connection works and nothing is left";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "\x05\x00", "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00",
        "\x05\x00\x00\x03\x04host\x00\x50"
    ];

    protected override IReadOnlyList<string> TokenNames { get; } = [Method, Granted, Refused];

    protected override IPlaitHost Host => _side.Host;

    protected override bool OthersIdle => _side.Proxy.Open == 0 && _transport.Open == 0;

    protected override async Task StartAsync()
    {
        _transport = new(GoOnAsync);
        _side = await ClientSide.StartAsync(
            $"ClientTransportPlugin {ShamChild.Transport} socks5 {_transport.EndPoint}\nAlias chain {ShamChild.Transport}|dummy\n",
            "chain");
    }

    protected override async Task StopAsync()
    {
        await _side.DisposeAsync();
        await _transport.DisposeAsync();
    }

    protected override Task BeGoodAsync() => _side.BeGoodAsync();

    protected override async Task<string> AttackAsync(IReadOnlyList<AttackStep> steps)
    {
        var played = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _transport.Once(async socket =>
        {
            try
            {
                played.SetResult(await PlayAsync(steps, socket));
            }
            catch (Exception e)
            {
                played.SetException(e);
            }
        });
        Task opening = _side.OpenAndSayAsync();
        string behaviour = await played.Task;
        await opening.Within("tor gets an answer and an end");
        return behaviour;
    }

    private async Task<string> PlayAsync(IReadOnlyList<AttackStep> steps, Socket socket)
    {
        IPEndPoint? shim = null;
        using var attack = new Attack
        {
            OpenAsync = () => DialAsync(shim),
            TokenAsync = async (name, connection) =>
            {
                if (name == Method)
                {
                    return [5, 0];
                }

                // 05 01 00, then 05 01 00 01 ADDRESS PORT: what we were asked for
                await connection.ReceiveForAMomentAsync();
                shim = connection.Received is [5, 1, 0, 5, 1, 0, 1, _, _, _, _, _, _, ..] said
                    ? new(new IPAddress(said.AsSpan(7, 4)), (said[11] << 8) | said[12])
                    : shim;
                return ClientSide.Reply5(name == Granted ? SocksReplyCode.Succeeded : SocksReplyCode.ConnectionRefused);
            },
        };
        await attack.PlayAsync(steps, socket);
        return Behaviour.Of([attack.Connections.Count,
            .. attack.Connections.Select(connection => $"{connection.Received.Length} {connection.EndedByReset}")]);
    }

    private static async Task<Socket?> DialAsync(IPEndPoint? shim)
    {
        try
        {
            return shim is null ? null : await Sockets.ConnectAsync(shim);
        }
        catch (SocketException)
        {
            return null; // it has gone
        }
    }

    /// <summary>What a good transport does: dials what it is asked for.</summary>
    private static async Task GoOnAsync(Socket socket)
    {
        var handshake = new SocksServerHandshake(new SocksCredentialPolicy.TransportArguments());
        if (await socket.RunAsync(handshake) is null)
        {
            return;
        }

        using Socket onward = await Sockets.ConnectAsync(handshake.Request!.Target);
        await socket.SendAsync(ClientSide.Reply5(SocksReplyCode.Succeeded));
        await Sockets.RelayAsync(socket, onward);
    }
}
