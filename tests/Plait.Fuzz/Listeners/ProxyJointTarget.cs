using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.Fuzz.Engine;
using Plait.Hosting;
using Plait.Wire.Addresses;
using Plait.Wire.Socks;

namespace Plait.Fuzz.Listeners;

/// <summary>
/// The proxy joint behind a client's child, in a chain sham|dummy. The attacker is a stranger, or the child itself: the
/// tokens know the password, and a ticket that a waiting connection was asked for.
/// </summary>
internal sealed class ProxyJointTarget : ListenerTarget
{
    private const string Greeting = "greeting";
    private const string Password = "password";
    private const string Ticket = "ticket";

    private LoopbackServer _transport = null!;
    private ShamChild _child = null!;
    private ClientSide _side = null!;
    private UpstreamProxy _joint = null!;

    internal override string Name => "listen-proxy-joint";

    internal override string Invariant =>
        "no client gets anywhere without the password, nor with it to what was not asked for; what was asked for is reached "
        + "once; then a good connection works and nothing is left";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "\x05\x01\x02", "\x05\x01\x00", "\x01\x05plait\x20", "\x05\x01\x00\x01\xc6\x12\x00\x01\x00\x01",
        "\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", "\x05\x01\x00\x03\x04host\x01\xbb"
    ];

    protected override IReadOnlyList<string> TokenNames { get; } = [Greeting, Password, Ticket];

    protected override IPlaitHost Host => _side.Host;

    protected override bool OthersIdle => _side.Proxy.Open == 0 && _transport.Open == 0;

    protected override async Task StartAsync()
    {
        _transport = new(GoOnAsync);
        _child = new("PROXY DONE", $"CMETHOD {ShamChild.Transport} socks5 {_transport.EndPoint}", "CMETHODS DONE");
        _side = await ClientSide.StartAsync(
            $"ClientTransportPlugin {_child.Command}\nAlias chain {ShamChild.Transport}|dummy\n", "chain");
        Check.That(
            UpstreamProxy.TryParse(_child.Variable("TOR_PT_PROXY"), out UpstreamProxy? joint, out string? error),
            $"the child can read its proxy: {error}");
        _joint = joint;
    }

    protected override async Task StopAsync()
    {
        await _side.DisposeAsync();
        await _transport.DisposeAsync();
        _child.Dispose();
    }

    protected override Task BeGoodAsync() => _side.BeGoodAsync();

    protected override async Task<string> AttackAsync(IReadOnlyList<AttackStep> steps)
    {
        List<Socket> waiting = [];
        List<Task> openings = [];
        HashSet<string> tickets = [];
        using var attack = new Attack
        {
            OpenAsync = async () => await Sockets.ConnectAsync(_joint.Address),
            Owed = connection => Answer.Of(Server(), connection.Sent).Owed,
            TokenAsync = (name, _) => TokenAsync(name),
        };
        try
        {
            await attack.PlayAsync(steps);
        }
        finally
        {
            waiting.ForEach(socket => socket.Dispose());
            await Task.WhenAll(openings).Within("openings end with the child's connections");
        }

        List<string> happened = [];
        foreach (AttackerConnection connection in attack.Connections)
        {
            SocksServerHandshake server = Server();
            string what = Answer.Of(server, connection.Sent).Compare(
                connection, ClientSide.Reply5(SocksReplyCode.Succeeded),
                ClientSide.Reply5(SocksReplyCode.NotAllowed), ClientSide.Reply5(SocksReplyCode.GeneralFailure),
                ClientSide.Reply5(SocksReplyCode.TtlExpired));
            Check.That(
                what != "granted" || tickets.Contains(AddressText.Format(server.Request!.Target)),
                "only what was asked for is reached");
            happened.Add(what);
        }

        Check.That(happened.Count(what => what == "granted") <= tickets.Count, "what was asked for is reached once");
        return Behaviour.Of([.. happened.Distinct().Order(), happened.Count, tickets.Count]);

        async Task<byte[]> TokenAsync(string name)
        {
            switch (name)
            {
                case Greeting:
                    return [5, 1, 2];
                case Password:
                    byte[] user = Encoding.ASCII.GetBytes(_joint.User!);
                    byte[] secret = Encoding.ASCII.GetBytes(_joint.Password!);
                    return [1, (byte)user.Length, .. user, (byte)secret.Length, .. secret];
                default:
                    IPEndPoint ticket = await WaitAsync();
                    tickets.Add(AddressText.Format(ticket));
                    return [5, 1, 0, 1, .. ticket.Address.GetAddressBytes(), (byte)(ticket.Port >> 8), (byte)ticket.Port];
            }
        }

        // tor asks for a connection, and the child sits on it.
        async Task<IPEndPoint> WaitAsync()
        {
            var asked = new TaskCompletionSource<IPEndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
            var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _transport.Once(async socket =>
            {
                waiting.Add(socket);
                var handshake = new SocksServerHandshake(new SocksCredentialPolicy.TransportArguments());
                await socket.RunAsync(handshake);
                asked.SetResult((IPEndPoint)handshake.Request!.Target);
                await socket.EchoAsync([]); // until it is closed
            });
            openings.Add(_side.OpenAndSayAsync());
            return await asked.Task.Within("the child is asked");
        }
    }

    private SocksServerHandshake Server() => new(new SocksCredentialPolicy.Password(
        Encoding.ASCII.GetBytes(_joint.User!), Encoding.ASCII.GetBytes(_joint.Password!)));

    /// <summary>What a good transport does: dials what it is asked for, through its proxy.</summary>
    private async Task GoOnAsync(Socket socket)
    {
        var handshake = new SocksServerHandshake(new SocksCredentialPolicy.TransportArguments());
        if (await socket.RunAsync(handshake) is null)
        {
            return;
        }

        using Socket onward = await Sockets.ConnectAsync(_joint.Address);
        bool granted = await onward.RunAsync(SocksClientHandshake.ForProxy(_joint, handshake.Request!.Target)) is not null;
        await socket.SendAsync(ClientSide.Reply5(granted ? SocksReplyCode.Succeeded : SocksReplyCode.GeneralFailure));
        if (granted)
        {
            await Sockets.RelayAsync(socket, onward);
        }
    }
}
