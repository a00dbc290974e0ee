using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Plait.Diagnostics.Metrics;
using Plait.Hosting;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.Secrecy;
using Plait.Wire.Pt.Environments;

namespace Plait.SystemTests.Chains;

/// <summary>
/// A client and a bridge side of Plait in this process, with real children, and a double of tor's Extended ORPort that
/// tells each client the address it arrived under: SOCKS → client chain → bridge chain → Extended ORPort.
/// </summary>
internal sealed class ChainPair : IAsyncDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("plait-chain-").FullName;

    private readonly Func<HostSettings, HostSettings> _adapt;
    private IPAddress _bridgeAddress = IPAddress.Loopback;

    private ChainPair(bool tellsAddress, Func<HostSettings, HostSettings>? adapt) =>
        (Tor, _adapt) = (ExtOrPortDouble.Start(tellsAddress), adapt ?? (same => same));

    /// <summary>The bridge's tor.</summary>
    public ExtOrPortDouble Tor { get; }

    public ServerHost Bridge { get; private set; } = null!;

    public ClientHost Client { get; private set; } = null!;

    /// <summary>Everything that both sides logged.</summary>
    public Recorded<string> Log { get; } = new("log lines");

    /// <summary>Starts both sides; every chain has to come up.</summary>
    /// <param name="plaitrc">For both sides.</param>
    /// <param name="chains">The names that tor asks for.</param>
    /// <param name="environment">Changes what the client is told.</param>
    /// <param name="tellsAddress">The far end answers the first byte with the address, instead of echoing it.</param>
    /// <param name="adapt">Changes what both hosts are given besides.</param>
    /// <param name="bridgeAddress">Where the bridge's chains listen; loopback unless given.</param>
    public static async Task<ChainPair> StartAsync(
        string plaitrc,
        string[] chains,
        Func<ClientEnvironment, ClientEnvironment>? environment = null,
        bool tellsAddress = false,
        Func<HostSettings, HostSettings>? adapt = null,
        IPAddress? bridgeAddress = null)
    {
        var pair = new ChainPair(tellsAddress, adapt) { _bridgeAddress = bridgeAddress ?? IPAddress.Loopback };
        try
        {
            await pair.StartSidesAsync(plaitrc, chains, environment);
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the bridge listens for a chain, and with which arguments.</summary>
    public ChainStart.Listening BridgeChain(string chain) => Up(Bridge, chain);

    /// <summary>Where the client listens for a chain.</summary>
    public IPEndPoint Socks(string chain) => Up(Client, chain).EndPoint;

    /// <summary>Opens a connection through both sides, with the arguments that the bridge publishes.</summary>
    /// <param name="chain">Its name.</param>
    /// <param name="via">In place of the bridge's own address.</param>
    public Task<Socket> OpenAsync(string chain, EndPoint? via = null) => Hosts.OpenAsync(Up(Client, chain), BridgeChain(chain), via);

    /// <summary>Each of these chains carries bytes there and back.</summary>
    public async Task AssertEchoesAsync(params string[] chains)
    {
        foreach (string chain in chains)
        {
            using Socket socket = await OpenAsync(chain);
            await PtPair.AssertEchoAsync(socket);
        }
    }

    /// <summary>Waits until nothing of any connection is left on either side.</summary>
    public Task WaitForNothingLeftAsync() => Deadline.PollAsync(
        () => Idle(Client.Counters) && Idle(Bridge.Counters) && Tor.Open == 0 ? "idle" : null,
        "everything of every connection is gone", details: () => $"client {Client.Counters}\nbridge {Bridge.Counters}\n{Log.Tail()}");

    public async ValueTask DisposeAsync()
    {
        if (Client is not null)
        {
            await Client.DisposeAsync();
        }

        if (Bridge is not null)
        {
            await Bridge.DisposeAsync();
        }

        await Tor.DisposeAsync();
        Directory.Delete(_state, recursive: true);
    }

    private static bool Idle(PlaitCounters counters) =>
        counters is { Connections: 0, JointConnections: 0, Tickets: 0, Shims: 0, Outstanding: 0 };

    private async Task StartSidesAsync(string plaitrc, string[] chains, Func<ClientEnvironment, ClientEnvironment>? environment)
    {
        HostSettings settings = _adapt(Hosts.Settings(plaitrc, new RecordingLogger(Log)));
        Bridge = await Hosts.StartBridgeAsync(settings, Path.Combine(_state, "bridge"), chains, Tor, _ => new(_bridgeAddress, 0));
        Client = await Hosts.StartClientAsync(settings, Path.Combine(_state, "client"), chains, environment);
        SecretsInUse.AddGivenToChildrenOf(Environment.ProcessId);
    }

    private static ChainStart.Listening Up(IPlaitHost host, string chain) =>
        host.Chains.Single(start => start.Alias == chain) switch
        {
            ChainStart.Listening { Refusing: { } failure } => throw new InvalidOperationException(failure.ToString()),
            ChainStart.Listening listening => listening,
            ChainStart.Failed failed => throw new InvalidOperationException(failed.Failure.ToString()),
            _ => throw new InvalidOperationException("a start of a new kind"),
        };

    internal sealed class RecordingLogger(Recorded<string> log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log.Add($"{logLevel}: {formatter(state, exception)}");
            }
        }
    }
}
