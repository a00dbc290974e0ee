using System.Net;
using System.Net.Sockets;
using Plait.Throughput.Load;
using Plait.Throughput.Measuring;
using Plait.Throughput.Report;
using Plait.Wire.Pt;

namespace Plait.Throughput.Contenders;

/// <summary>A chain through the published program, client and bridge, each started as tor would.</summary>
internal sealed class PlaitChain : Contender
{
    private readonly ManagedProgram _client;
    private readonly ManagedProgram[] _bridges;
    private readonly string _alias;
    private int _next;

    private PlaitChain(string name, string alias, ManagedProgram client, ManagedProgram[] bridges)
        : base(name) => (_alias, _client, _bridges) = (alias, client, bridges);

    /// <summary>The client's process.</summary>
    internal int ClientId => _client.Id;

    /// <summary>The bridges' processes.</summary>
    internal IReadOnlyList<int> BridgeIds => [.. _bridges.Select(bridge => bridge.Id)];

    internal override IReadOnlyList<ProcessGroup> Processes =>
    [
        ProcessGroup.Of("Plait client", _client.Id),
        ProcessGroup.Of("Plait bridge", [.. BridgeIds]),
        ProcessGroup.Below(ProcessCost.ClientChildren, _client.Id),
        new(ProcessCost.BridgeChildren, () => [.. BridgeIds.SelectMany(ProcessFacts.Descendants)]),
    ];

    /// <summary>Starts both sides.</summary>
    /// <param name="name">Its name in the tables.</param>
    /// <param name="alias">The chain, as tor would ask for it.</param>
    /// <param name="plaitrc">For both sides.</param>
    /// <param name="folder">Of its own, for state and files.</param>
    /// <param name="bridges">How many bridges share the load.</param>
    internal static async Task<PlaitChain> StartAsync(string name, string alias, string plaitrc, string folder, int bridges = 1)
    {
        string file = Path.Combine(Directory.CreateDirectory(folder).FullName, "plaitrc");
        await File.WriteAllTextAsync(file, plaitrc);
        string cookie = Path.Combine(folder, "cookie");
        Sink sink = Sink.ExtOrPort(cookie);
        var started = new ManagedProgram[bridges];
        for (int i = 0; i < bridges; i++)
        {
            started[i] = await ManagedProgram.StartServerAsync(
                Programs.Plait, ["-f", file], Path.Combine(folder, $"bridge{i}"), sink.EndPoint, cookie, alias);
        }

        ManagedProgram client =
            await ManagedProgram.StartClientAsync(Programs.Plait, ["-f", file], Path.Combine(folder, "client"), alias);
        return new(name, alias, client, started) { Sink = sink };
    }

    internal override Socket Open()
    {
        ManagedProgram bridge = _bridges[(uint)Interlocked.Increment(ref _next) % _bridges.Length];
        return BlockingSockets.ConnectThrough(_client.EndPoint(_alias), bridge.EndPoint(_alias), bridge.Arguments(_alias));
    }

    public override async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        foreach (ManagedProgram bridge in _bridges)
        {
            await bridge.DisposeAsync();
        }

        await base.DisposeAsync();
    }
}
