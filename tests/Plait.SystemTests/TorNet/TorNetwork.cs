using System.Collections.Concurrent;
using System.Net;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Packaging;

[assembly: AssemblyFixture(typeof(Plait.SystemTests.TorNet.TorNetwork))]

namespace Plait.SystemTests.TorNet;

/// <summary>
/// A private tor network on loopback: three directory authorities that are also relays and exits, a bridge authority,
/// and a file server to download from. One for all tests, started by the first that asks for a bridge.
/// </summary>
public sealed class TorNetwork : IAsyncDisposable
{
    // tor-gencert works the processor hard; more at once only wait for each other.
    private const int KeysAtATime = 2;
    private const int AuthorityCount = 3;

    // Seen: 13 to 30 s until the consensus has all relays.
    private static readonly TimeSpan ConsensusTimeout = TimeSpan.FromSeconds(180);

    private readonly Lazy<Task> _core;
    private readonly ConcurrentBag<IAsyncDisposable> _members = [];
    private readonly FileServer _fileServer = new();
    private readonly string _root = Path.Combine(Path.GetTempPath(), $"plait-tornet-{Guid.NewGuid():N}");
    private DirectoryAuthority[] _authorities = [];
    private int _scenario;

    /// <summary>Nothing runs yet.</summary>
    public TorNetwork() => _core = new(StartCoreAsync);

    /// <summary>Starts a bridge with an Extended ORPort.</summary>
    /// <param name="extraTorrcLines">Its ServerTransport lines, and what else it should have.</param>
    internal async Task<TorBridge> StartBridgeAsync(params IEnumerable<string> extraTorrcLines)
    {
        await StartedAsync();
        Torrc torrc = NewMember("bridge").AsRelay(FreePorts.Take()).AsBridge().Controlled().With(extraTorrcLines);
        TorBridge bridge = await TorBridge.StartAsync(torrc, _authorities[^1].DataDirectory);
        _members.Add(bridge);
        return bridge;
    }

    /// <summary>Starts a client that knows this bridge only.</summary>
    /// <param name="bridgeLine">A whole Bridge line, as <see cref="BridgeLine"/> makes it.</param>
    /// <param name="extraTorrcLines">Its ClientTransportPlugin lines, and what else it should have.</param>
    internal async Task<TorClient> StartClientAsync(string bridgeLine, params IEnumerable<string> extraTorrcLines)
    {
        await StartedAsync();
        IPEndPoint socksPort = FreePorts.TakeEndPoint();
        return Start(NewMember("client").AsBridgeClient(socksPort, bridgeLine).With(extraTorrcLines), socksPort);
    }

    /// <summary>The same for a chain whose transport at the wire dials the network itself.</summary>
    internal async Task<TorClient> StartClientThatDialsItselfAsync(string bridgeLine, params IEnumerable<string> extraTorrcLines)
    {
        await StartedAsync();
        IPEndPoint socksPort = FreePorts.TakeEndPoint();
        return Start(NewMember("client").WithoutOutboundBindAddress().AsBridgeClient(socksPort, bridgeLine).With(extraTorrcLines), socksPort);
    }

    private TorClient Start(Torrc torrc, IPEndPoint socksPort)
    {
        TorClient client = TorClient.Start(torrc, socksPort, _fileServer.EndPoint);
        _members.Add(client);
        return client;
    }

    /// <summary>Starts a bridge in a Debian root, as root: the torrc lines say which user it becomes, and all else of a bridge.</summary>
    internal async Task<TorBridge> StartBridgeInAsync(DebianRoot root, params IEnumerable<string> torrcLines)
    {
        await StartedAsync();
        TorBridge bridge = await TorBridge.StartAsync(NewMember("bridge", root).Controlled().With(torrcLines), _authorities[^1].DataDirectory);
        _members.Add(bridge);
        return bridge;
    }

    /// <summary>Starts a client of this bridge in a Debian root, as root: the torrc lines say which user it becomes.</summary>
    internal async Task<TorClient> StartClientInAsync(DebianRoot root, string bridgeLine, params IEnumerable<string> torrcLines)
    {
        await StartedAsync();
        IPEndPoint socksPort = FreePorts.TakeEndPoint();
        Torrc torrc = NewMember("client", root).AsBridgeClient(socksPort, bridgeLine).With(torrcLines);
        TorClient client = TorClient.Start(torrc, socksPort, _fileServer.EndPoint);
        _members.Add(client);
        return client;
    }

    /// <summary>Stops everything that still runs, and removes its files.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Task.WhenAll(_members.Select(member => member.DisposeAsync().AsTask()));
            await _fileServer.DisposeAsync();
        }
        finally
        {
            if (Directory.Exists(_root))
            {
                Directory.Delete(_root, recursive: true);
            }
        }
    }

    private Task StartedAsync()
    {
        // Asked for in each test, so that each is skipped with the reason and none fails with another's.
        Programs.Require("tor");
        Programs.Require("tor-gencert");
        return _core.Value;
    }

    private Torrc NewMember(string kind, DebianRoot? root = null)
    {
        string nickname = $"{kind}{Interlocked.Increment(ref _scenario)}";
        Torrc torrc = root is null
            ? new(nickname, Path.Combine(_root, nickname))
            : new(nickname, Path.Combine(root.Path, "var", "lib", "tor", nickname), root.Path);
        return torrc.InNetwork(_authorities);
    }

    private async Task StartCoreAsync()
    {
        Directory.CreateDirectory(_root);
        var made = new DirectoryAuthority[AuthorityCount + 1];
        var atATime = new ParallelOptions { MaxDegreeOfParallelism = KeysAtATime };
        await Parallel.ForEachAsync(Enumerable.Range(0, made.Length), atATime, async (i, _) =>
            made[i] = i < AuthorityCount
                ? await DirectoryAuthority.CreateAsync(_root, $"auth{i}", isBridgeAuthority: false)
                : await DirectoryAuthority.CreateAsync(_root, "bridgeauth", isBridgeAuthority: true));
        _authorities = made;

        TorProcess[] core = [.. made.Select(authority => TorProcess.Start(TorrcOf(authority)))];
        Array.ForEach(core, _members.Add);
        await core[0].PollAsync(ConsensusWithAllRelays, "a consensus with all exits", ConsensusTimeout);
        await Task.WhenAll(core.Select(tor => tor.BootstrappedAsync()));
    }

    private Torrc TorrcOf(DirectoryAuthority authority)
    {
        Torrc torrc = new Torrc(authority.Nickname, authority.DataDirectory).InNetwork(_authorities).AsRelay(authority.OrPort);
        return authority.V3Identity is null
            ? torrc.AsBridgeAuthority(authority.DirPort)
            : torrc.AsAuthority(authority.DirPort).AsExit();
    }

    private string? ConsensusWithAllRelays()
    {
        string path = Path.Combine(_authorities[0].DataDirectory, "cached-microdesc-consensus");
        string text = File.Exists(path) ? File.ReadAllText(path) : "";
        // At least: the bridge authority is a relay too, and comes when it comes.
        int exits = text.Split('\n').Select(line => line.Split(' ')).Count(words =>
            words[0] == "s" && words.Contains("Running") && words.Contains("Exit"));
        return exits >= AuthorityCount ? text : null;
    }
}
