using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.Throughput.Load;
using Plait.Throughput.Measuring;
using Plait.Throughput.Report;
using Plait.Wire.Arguments;

namespace Plait.Throughput.Contenders;

/// <summary>
/// The same transports with as little as possible between them: the <see cref="Joiner"/> as a client between tor and the
/// hops of the client, and as a server between two hops of the bridge. The wire hop listens itself, the innermost talks to
/// tor itself, and a chain of one hop is the transport alone.
/// </summary>
internal sealed class HandJoinedChain : Contender
{
    private readonly List<ManagedProgram> _transports = [];
    private readonly List<BenchProcess> _joiners = [];
    private ManagedProgram _client = null!;
    private IPEndPoint _socks = null!;
    private IPEndPoint _bridge = null!;
    private PtArguments _arguments = PtArguments.Empty;

    private HandJoinedChain(string name)
        : base(name)
    {
    }

    internal override IReadOnlyList<ProcessGroup> Processes =>
    [
        .. _joiners.Count > 0 ? new[] { ProcessGroup.Of("joiners", [.. _joiners.Select(joiner => joiner.Id)]) } : [],
        ProcessGroup.Of(ProcessCost.ClientChildren, _client.Id),
        ProcessGroup.Of(ProcessCost.BridgeChildren, [.. _transports.Select(transport => transport.Id)]),
    ];

    /// <summary>Starts both sides of a chain of obfs4proxy's transports.</summary>
    /// <param name="name">Its name in the tables.</param>
    /// <param name="program">obfs4proxy.</param>
    /// <param name="joiner">Joins the hops.</param>
    /// <param name="hops">The transports, nearest to tor first.</param>
    /// <param name="folder">Of its own, for state and files.</param>
    internal static async Task<HandJoinedChain> StartAsync(
        string name, string program, Joiner joiner, string[] hops, string folder)
    {
        string cookie = Path.Combine(Directory.CreateDirectory(folder).FullName, "cookie");
        var chain = new HandJoinedChain(name) { Sink = Sink.ExtOrPort(cookie) };
        await chain.StartBridgeAsync(program, joiner, hops, folder, cookie);
        await chain.StartClientAsync(program, joiner, hops, folder);
        return chain;
    }

    internal override Socket Open() => BlockingSockets.ConnectThrough(_socks, _bridge, _arguments);

    public override async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        foreach (BenchProcess joiner in _joiners)
        {
            await joiner.DisposeAsync();
        }

        foreach (ManagedProgram transport in _transports)
        {
            await transport.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    private async Task StartBridgeAsync(string program, Joiner joiner, string[] hops, string folder, string cookie)
    {
        IPEndPoint inward = Sink.EndPoint;
        for (int hop = 0; hop < hops.Length; hop++)
        {
            ManagedProgram server = await ManagedProgram.StartServerAsync(
                program, [], Path.Combine(folder, $"hop{hop}"), inward, cookie, hops[hop]);
            _transports.Add(server);
            _bridge = server.EndPoint(hops[hop]);
            if (hop < hops.Length - 1)
            {
                cookie = Path.Combine(folder, $"cookie{hop}");
                inward = await StartAsync(joiner.Start("server", Port(_bridge), cookie));
            }
        }

        // The joiner gives every hop all arguments: only obfs4 has any, and obfs3 reads none.
        _arguments = new(hops.SelectMany((hop, index) => _transports[index].Arguments(hop)));
    }

    private async Task StartClientAsync(string program, Joiner joiner, string[] hops, string folder)
    {
        _client = await ManagedProgram.StartClientAsync(
            program, [], Path.Combine(folder, "client"), [.. hops.Distinct()]);
        _socks = _client.EndPoint(hops[0]);
        if (hops.Length > 1)
        {
            _socks = await StartAsync(joiner.Start(["client", .. hops.Select(hop => Port(_client.EndPoint(hop)))]));
        }
    }

    private async Task<IPEndPoint> StartAsync(BenchProcess joiner)
    {
        _joiners.Add(joiner);
        return IPEndPoint.Parse(await joiner.ReadLineAsync());
    }

    private static string Port(IPEndPoint address) => address.Port.ToString(CultureInfo.InvariantCulture);
}
