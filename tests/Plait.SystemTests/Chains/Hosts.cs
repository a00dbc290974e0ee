using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Hosting;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Secrecy;
using Plait.Wire.Pt.Environments;

namespace Plait.SystemTests.Chains;

/// <summary>Starts hosts of Plait inside the test process, as tor would ask for them. What they log is searched for secrets.</summary>
internal static class Hosts
{
    /// <summary>A host of this plaitrc, which has to be right.</summary>
    /// <param name="plaitrc">Its text.</param>
    /// <param name="logger">Where messages go besides; nowhere unless given.</param>
    public static HostSettings Settings(string plaitrc, ILogger? logger = null)
    {
        ConfigurationResult result = PlaitConfiguration.Parse(plaitrc, "test");
        Assert.Empty(result.Problems);
        return new()
        {
            Configuration = result.Configuration,
            Logger = new TranscriptLogger(logger, isUnsafe: !result.Configuration.SafeLogging),
            LibraryHost = PlaitProgram.Location,
        };
    }

    /// <summary>Starts a bridge whose chains listen on free ports of loopback.</summary>
    /// <param name="settings">What the host is given besides.</param>
    /// <param name="state">Its state location.</param>
    /// <param name="chains">The names that tor asks for.</param>
    /// <param name="tor">The bridge's tor.</param>
    /// <param name="addressOf">Where each chain listens, in place of that.</param>
    public static Task<ServerHost> StartBridgeAsync(
        HostSettings settings, string state, string[] chains, ExtOrPortDouble tor, Func<string, IPEndPoint>? addressOf = null) =>
        StartBridgeAsync(settings, Environment(state, chains, addressOf) with { ExtendedServerPort = tor.EndPoint, AuthCookieFile = tor.CookieFile });

    /// <summary>The same for a service without an Extended ORPort.</summary>
    /// <param name="settings">What the host is given besides.</param>
    /// <param name="state">Its state location.</param>
    /// <param name="chains">The names that tor asks for.</param>
    /// <param name="orPort">Where the service listens.</param>
    public static Task<ServerHost> StartBridgeAsync(HostSettings settings, string state, string[] chains, IPEndPoint orPort) =>
        StartBridgeAsync(settings, Environment(state, chains, addressOf: null) with { OrPort = orPort });

    /// <summary>Starts a client.</summary>
    /// <param name="settings">What the host is given besides.</param>
    /// <param name="state">Its state location.</param>
    /// <param name="chains">The names that tor asks for.</param>
    /// <param name="adapt">What else tor says.</param>
    public static Task<ClientHost> StartClientAsync(
        HostSettings settings, string state, string[] chains, Func<ClientEnvironment, ClientEnvironment>? adapt = null)
    {
        var plain = new ClientEnvironment { Transports = chains, StateLocation = state };
        return ClientHost.StartAsync(settings, adapt?.Invoke(plain) ?? plain, TestContext.Current.CancellationToken);
    }

    /// <summary>Opens a connection through a client and a bridge, with the arguments that the bridge publishes.</summary>
    /// <param name="client">The client's chain.</param>
    /// <param name="bridge">The bridge's.</param>
    /// <param name="via">In place of the bridge's own address.</param>
    public static Task<Socket> OpenAsync(ChainStart client, ChainStart bridge, EndPoint? via = null)
    {
        var there = Assert.IsType<ChainStart.Listening>(bridge);
        return SocksClient.ConnectAsync(Assert.IsType<ChainStart.Listening>(client).EndPoint, via ?? there.EndPoint,
            [.. there.Arguments.Select(argument => $"{argument.Key}={argument.Value}")]);
    }

    private static Task<ServerHost> StartBridgeAsync(HostSettings settings, ServerEnvironment environment) =>
        ServerHost.StartAsync(settings, environment, TestContext.Current.CancellationToken);

    private static ServerEnvironment Environment(string state, string[] chains, Func<string, IPEndPoint>? addressOf) => new()
    {
        Transports = chains,
        StateLocation = state,
        BindAddresses = chains.ToDictionary(chain => chain, addressOf ?? (_ => new(IPAddress.Loopback, 0))),
    };
}
