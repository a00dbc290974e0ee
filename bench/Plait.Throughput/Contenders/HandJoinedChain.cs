using System.Net;
using System.Net.Sockets;
using Plait.Throughput.Load;
using Plait.Throughput.Measuring;
using Plait.Throughput.Report;
using Plait.Wire.Pt;

namespace Plait.Throughput.Contenders;

/// <summary>
/// The same transports with as little as possible between them: this program's mode <c>join-client</c> between tor and the
/// hops of the client, its mode <c>join-server</c> between two hops of the bridge. The wire hop listens itself, the
/// innermost talks to tor itself, and a chain of one hop is the transport alone.
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
    /// <param name="hops">The transports, nearest to tor first.</param>
    /// <param name="folder">Of its own, for state and files.</param>
    internal static async Task<HandJoinedChain> StartAsync(string name, string program, string[] hops, string folder)
    {
        string cookie = Path.Combine(Directory.CreateDirectory(folder).FullName, "cookie");
        var chain = new HandJoinedChain(name) { Sink = Sink.ExtOrPort(cookie) };
        await chain.StartBridgeAsync(program, hops, folder, cookie);
        await chain.StartClientAsync(program, hops, folder);
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

    private async Task StartBridgeAsync(string program, string[] hops, string folder, string cookie)
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
                BenchProcess joiner = BenchProcess.StartSelf("join-server", _bridge.ToString(), cookie);
                _joiners.Add(joiner);
                inward = IPEndPoint.Parse(await joiner.ReadLineAsync());
            }
        }

        PtArguments[] perHop = [.. hops.Select((hop, index) => _transports[index].Arguments(hop))];
        _arguments = perHop is [var alone] ? alone : ChainArguments.Merge(perHop);
    }

    private async Task StartClientAsync(string program, string[] hops, string folder)
    {
        _client = await ManagedProgram.StartClientAsync(
            program, [], Path.Combine(folder, "client"), [.. hops.Distinct()]);
        _socks = _client.EndPoint(hops[0]);
        if (hops.Length > 1)
        {
            BenchProcess joiner = BenchProcess.StartSelf(
                ["join-client", .. hops.Select(hop => _client.EndPoint(hop).ToString())]);
            _joiners.Add(joiner);
            _socks = IPEndPoint.Parse(await joiner.ReadLineAsync());
        }
    }
}
