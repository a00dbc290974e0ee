using System.Net;
using System.Net.Sockets;
using Plait.Throughput.Load;
using Plait.Throughput.Measuring;
using Plait.Throughput.Report;

namespace Plait.Throughput.Contenders;

/// <summary>A chain through Plait, client and bridge, each started as tor would.</summary>
internal sealed class PlaitChain : Contender
{
    private readonly ManagedProgram[] _clients;
    private readonly ManagedProgram[] _bridges;
    private readonly string _alias;
    private int _next;

    private PlaitChain(string name, string alias, ManagedProgram[] clients, ManagedProgram[] bridges)
        : base(name) => (_alias, _clients, _bridges) = (alias, clients, bridges);

    /// <summary>The clients' processes.</summary>
    internal IReadOnlyList<int> ClientIds => [.. _clients.Select(client => client.Id)];

    /// <summary>The bridges' processes.</summary>
    internal IReadOnlyList<int> BridgeIds => [.. _bridges.Select(bridge => bridge.Id)];

    internal override IReadOnlyList<ProcessGroup> Processes =>
    [
        ProcessGroup.Of("Plait client", [.. ClientIds]),
        ProcessGroup.Of("Plait bridge", [.. BridgeIds]),
        ProcessGroup.Below(ProcessCost.ClientChildren, ClientIds),
        ProcessGroup.Below(ProcessCost.BridgeChildren, BridgeIds),
    ];

    /// <summary>Starts both sides.</summary>
    /// <param name="name">Its name in the tables.</param>
    /// <param name="alias">The chain, as tor would ask for it.</param>
    /// <param name="plaitrc">For both sides.</param>
    /// <param name="folder">Of its own, for state and files.</param>
    /// <param name="program">Plait, or another form of it; null for the published program.</param>
    /// <param name="clients">How many clients share the load.</param>
    /// <param name="bridges">How many bridges share the load.</param>
    internal static async Task<PlaitChain> StartAsync(
        string name,
        string alias,
        string plaitrc,
        string folder,
        string? program = null,
        int clients = 1,
        int bridges = 1)
    {
        string file = Path.Combine(Directory.CreateDirectory(folder).FullName, "plaitrc");
        await File.WriteAllTextAsync(file, plaitrc);
        string cookie = Path.Combine(folder, "cookie");
        Sink sink = Sink.ExtOrPort(cookie);
        var servers = new ManagedProgram[bridges];
        for (int i = 0; i < bridges; i++)
        {
            servers[i] = await ManagedProgram.StartServerAsync(
                program ?? Programs.Plait, ["-f", file], Path.Combine(folder, $"bridge{i}"), sink.EndPoint, cookie, alias);
        }

        var dialers = new ManagedProgram[clients];
        for (int i = 0; i < clients; i++)
        {
            dialers[i] = await ManagedProgram.StartClientAsync(
                program ?? Programs.Plait, ["-f", file], Path.Combine(folder, $"client{i}"), alias);
        }

        return new(name, alias, dialers, servers) { Sink = sink };
    }

    internal override Socket Open()
    {
        uint turn = (uint)Interlocked.Increment(ref _next);
        ManagedProgram client = _clients[turn % _clients.Length];
        ManagedProgram bridge = _bridges[turn % _bridges.Length];
        return BlockingSockets.ConnectThrough(client.EndPoint(_alias), bridge.EndPoint(_alias), bridge.Arguments(_alias));
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (ManagedProgram started in _clients.Concat(_bridges))
        {
            await started.DisposeAsync();
        }

        await base.DisposeAsync();
    }
}
