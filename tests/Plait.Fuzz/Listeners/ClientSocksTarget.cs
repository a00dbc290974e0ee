using System.Net;
using Plait.Fuzz.Engine;
using Plait.Hosting;
using Plait.Wire.Addresses;
using Plait.Wire.Socks;

namespace Plait.Fuzz.Listeners;

/// <summary>The SOCKS port that tor connects to, of a chain of the in-process transport "dummy".</summary>
internal sealed class ClientSocksTarget : ListenerTarget
{
    private const string Chain = "dummy";

    private static readonly byte[] s_grant4 = [0, 0x5a, 0, 0, 0, 0, 0, 0];
    private static readonly byte[] s_refusal4 = [0, 0x5b, 0, 0, 0, 0, 0, 0];

    private static readonly byte[][] s_refusals =
    [
        .. Enum.GetValues<SocksReplyCode>().Where(code => code != SocksReplyCode.Succeeded).Select(ClientSide.Reply5), s_refusal4
    ];

    private ClientSide _side = null!;

    internal override string Name => "listen-socks";

    internal override string Invariant =>
        "each connection is answered as its bytes alone decide, however they are cut; what is dialled is what was asked for; "
        + "then a good connection works and nothing is left";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "\x05\x01\x00", "\x05\x02\x00\x02", "\x01\x07k=v;a=b\x01\x00", "\x05\x01\x00\x01\x7f\x00\x00\x01\x01\xbb",
        "\x05\x01\x00\x03\x04host\x01\xbb", "\x04\x01\x00\x50\xc0\x00\x02\x01\x00", "x-chain-profile=", "x-chain-9-k=v"
    ];

    protected override IPlaitHost Host => _side.Host;

    protected override bool OthersIdle => _side.Proxy.Open == 0;

    protected override async Task StartAsync() => _side = await ClientSide.StartAsync("", Chain);

    protected override Task StopAsync() => _side.DisposeAsync().AsTask();

    protected override Task BeGoodAsync() => _side.BeGoodAsync();

    protected override async Task<string> AttackAsync(IReadOnlyList<AttackStep> steps)
    {
        _side.Targets.Clear();
        using var attack = new Attack
        {
            OpenAsync = async () => await Sockets.ConnectAsync(_side.Socks),
            Owed = connection => Answer.Of(Server(), connection.Sent).Owed,
        };
        await attack.PlayAsync(steps);
        List<string> asked = [];
        List<string> happened = [];
        foreach (AttackerConnection connection in attack.Connections)
        {
            SocksServerHandshake server = Server();
            Answer answer = Answer.Of(server, connection.Sent);
            bool five = server.Request?.Version != SocksVersion.Socks4;
            happened.Add(answer.Compare(connection, five ? ClientSide.Reply5(SocksReplyCode.Succeeded) : s_grant4, s_refusals));
            asked.Add(server.Request is null ? "" : Text(server.Request.Target));
        }

        Check.That(_side.Targets.All(target => asked.Contains(Text(target))), "what is dialled is what was asked for");
        return Behaviour.Of([.. happened.Distinct().Order(), happened.Count]);
    }

    private static SocksServerHandshake Server() => new(new SocksCredentialPolicy.TransportArguments());

    private static string Text(EndPoint target) => AddressText.Format(target);
}
