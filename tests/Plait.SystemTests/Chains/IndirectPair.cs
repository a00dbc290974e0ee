using System.Net;
using System.Net.Sockets;
using Plait.Hosting;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Chains;

/// <summary>
/// An indirect transport before obfs4: a client with the chain, and bridges of obfs4 alone, behind each of which stands
/// what the indirect transport speaks with.
/// </summary>
internal sealed class IndirectPair : IAsyncDisposable
{
    private readonly TestFolder _state = new();
    private readonly List<ServerHost> _bridges = [];
    private readonly string _chain;

    private IndirectPair(string chain) => _chain = chain;

    public ClientHost Client { get; private set; } = null!;

    /// <summary>What the client reported.</summary>
    public EventRecorder Recorder { get; } = new();

    /// <summary>Starts the client.</summary>
    /// <param name="program">The program of the indirect transport.</param>
    /// <param name="transport">The indirect transport.</param>
    /// <param name="more">Further lines of its plaitrc.</param>
    public static async Task<IndirectPair> StartAsync(string program, string transport, params string[] more)
    {
        var pair = new IndirectPair($"{transport}_obfs4");
        string plaitrc = Plaitrc.Obfs4Proxy([$"ClientTransportPlugin {transport} exec {program}", .. more]);
        pair.Client = await Hosts.StartClientAsync(
            Hosts.Settings(plaitrc) with { Observer = pair.Recorder }, Path.Combine(pair._state.Path, "client"), [pair._chain]);
        return pair;
    }

    /// <summary>A bridge of obfs4 that hands everything to <paramref name="service"/>.</summary>
    public async Task<Bridge> AddBridgeAsync(IPEndPoint service)
    {
        ServerHost bridge = await Hosts.StartBridgeAsync(
            Hosts.Settings(Plaitrc.Obfs4Proxy()), Path.Combine(_state.Path, $"bridge-{_bridges.Count}"), ["obfs4"], service);
        _bridges.Add(bridge);
        ChainStart.Listening up = Assert.IsType<ChainStart.Listening>(bridge.Chains[0]);
        return new(up.EndPoint, up.Arguments.First("cert")!);
    }

    /// <summary>Opens a connection through the chain.</summary>
    /// <param name="bridge">To which bridge.</param>
    /// <param name="url">What the indirect transport is told to dial; nothing has that name.</param>
    /// <param name="address">In place of the bridge's own.</param>
    public Task<Socket> OpenAsync(Bridge bridge, string url, IPEndPoint? address = null) => SocksClient.ConnectAsync(
        Assert.IsType<ChainStart.Listening>(Client.Chains[0]).EndPoint, address ?? bridge.Address,
        $"x-chain-0-url={url}", "x-chain-0-utls=none", $"x-chain-1-cert={bridge.Cert}", "x-chain-1-iat-mode=0");

    public async ValueTask DisposeAsync()
    {
        if (Client is not null)
        {
            await Client.DisposeAsync();
        }

        foreach (ServerHost bridge in _bridges)
        {
            await bridge.DisposeAsync();
        }

        _state.Dispose();
    }
}

/// <summary>A bridge of obfs4.</summary>
/// <param name="Address">Its public address.</param>
/// <param name="Cert">Its certificate.</param>
internal sealed record Bridge(IPEndPoint Address, string Cert);
