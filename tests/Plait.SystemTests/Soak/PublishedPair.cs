using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Soak;

/// <summary>
/// A chain, obfs3|obfs4 unless another is named, through the published program: the client and its bridges each a process of its own, so that
/// memory and descriptors are theirs alone. The bridge's tor echoes.
/// </summary>
internal sealed class PublishedPair : IAsyncDisposable
{
    private readonly string _chain;
    private readonly string _folder = Directory.CreateTempSubdirectory("plait-soak-").FullName;
    private readonly List<(PtHost Process, PtMethod Method)> _bridges = [];
    private PtHost? _client;
    private IPEndPoint _socks = null!;
    private int _next;

    private readonly bool _logsEvents;

    private PublishedPair(string chain, bool logsEvents) => (_chain, _logsEvents) = (chain, logsEvents);

    /// <summary>The bridges' tor.</summary>
    public ExtOrPortDouble Tor { get; } = ExtOrPortDouble.Start();

    /// <summary>The client's process.</summary>
    public int ClientId => _client!.Program.Id;

    /// <summary>All processes of Plait: the client first, then the bridges.</summary>
    public IReadOnlyList<int> Ids => [.. Hosts.Select(host => host.Program.Id)];

    /// <summary>The same, as their parents see them.</summary>
    public IReadOnlyList<PtHost> Hosts => [_client!, .. _bridges.Select(bridge => bridge.Process)];

    /// <summary>Starts everything.</summary>
    /// <param name="plaitrc">For all of them.</param>
    /// <param name="bridges">How many bridges take turns.</param>
    /// <param name="clientDescriptors">How many the client and its children may each have; null for the system's limit.</param>
    /// <param name="bridgeDescriptors">The same for the bridges.</param>
    /// <param name="more">Further chains of the client.</param>
    public static Task<PublishedPair> StartAsync(
        string plaitrc, int bridges = 1, int? clientDescriptors = null, int? bridgeDescriptors = null, params string[] more) =>
        StartChainAsync("obfs3_obfs4", plaitrc, bridges, clientDescriptors, bridgeDescriptors, more);

    /// <summary>The same with another chain.</summary>
    /// <inheritdoc cref="StartAsync"/>
    public static async Task<PublishedPair> StartChainAsync(
        string chain, string plaitrc, int bridges = 1, int? clientDescriptors = null, int? bridgeDescriptors = null, params string[] more)
    {
        var pair = new PublishedPair(chain, logsEvents: false);
        await pair.StartOrDisposeAsync(plaitrc, bridges, clientDescriptors, bridgeDescriptors, more);
        return pair;
    }

    /// <summary>A client and a bridge that write what happens to <see cref="EventLogs"/>.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="plaitrc">For both of them.</param>
    public static async Task<PublishedPair> StartWithEventsAsync(string chain, string plaitrc)
    {
        var pair = new PublishedPair(chain, logsEvents: true);
        await pair.StartOrDisposeAsync(plaitrc, 1, null, null, []);
        return pair;
    }

    /// <summary>The event logs, in the order of <see cref="Ids"/>.</summary>
    public IReadOnlyList<string> EventLogs => [LogOf("client"), .. _bridges.Select((_, i) => LogOf($"bridge{i}"))];

    /// <summary>What both sides keep, as paths below their state locations.</summary>
    public IReadOnlyList<string> StateFiles => [.. from host in Hosts
        from file in Directory.EnumerateFiles(host.StateLocation, "*", SearchOption.AllDirectories)
        select Path.GetRelativePath(host.StateLocation, file)];

    private string LogOf(string host) => Path.Combine(_folder, $"{host}.jsonl");

    private async Task StartOrDisposeAsync(string plaitrc, int bridges, int? clientDescriptors, int? bridgeDescriptors, string[] more)
    {
        try
        {
            await StartAllAsync(plaitrc, bridges, clientDescriptors, bridgeDescriptors, more);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a connection through the client and one of the bridges.</summary>
    public Task<Socket> OpenAsync()
    {
        PtMethod bridge = _bridges[(int)((uint)Interlocked.Increment(ref _next) % _bridges.Count)].Method;
        return SocksClient.ConnectAsync(_socks, bridge.EndPoint, bridge.ArgumentList);
    }

    /// <summary>What the client printed.</summary>
    public Recorded<string> ClientLines => _client!.Lines;

    /// <summary>What the first bridge printed.</summary>
    public Recorded<string> BridgeLines => _bridges[0].Process.Lines;

    /// <summary>What the processes of Plait said, for the message of a failure.</summary>
    public string Said() => string.Join('\n', _bridges.Select(bridge => bridge.Process).Prepend(_client)
        .Select(process => process is null ? "" : process.Lines.Tail()));

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        foreach ((PtHost process, _) in _bridges)
        {
            await process.DisposeAsync();
        }

        await Tor.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAllAsync(
        string plaitrc, int bridges, int? clientDescriptors, int? bridgeDescriptors, string[] more)
    {
        string file = Path.Combine(_folder, "plaitrc");
        await File.WriteAllTextAsync(file, plaitrc);
        for (int i = 0; i < bridges; i++)
        {
            (string program, string[] arguments) = Limited(bridgeDescriptors, Words($"bridge{i}"));
            PtHost bridge = PtHost.StartServer(program, arguments, Tor, _chain);
            _bridges.Add((bridge, await bridge.MethodLine(_chain)));
        }

        (string client, string[] words) = Limited(clientDescriptors, Words("client"));
        _client = PtHost.StartClient(client, words, [_chain, .. more]);
        _socks = await _client.Method(_chain);

        string[] Words(string host) => _logsEvents ? ["-f", file, "--event-log", LogOf(host)] : ["-f", file];
    }

    /// <summary>How Plait is started: under a limit of descriptors, by a shell that becomes it.</summary>
    private static (string Program, string[] Arguments) Limited(int? descriptors, string[] words) => descriptors is { } most
        ? ("/bin/sh", ["-c", "ulimit -n \"$0\" && exec \"$@\"", most.ToString(CultureInfo.InvariantCulture), PlaitProgram.Path, .. words])
        : (PlaitProgram.Path, words);
}
