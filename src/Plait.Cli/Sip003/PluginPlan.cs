using System.Net;
using System.Net.Sockets;
using Plait.Chains.Client;
using Plait.Cli.Tunnels;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Sip003;

namespace Plait.Cli.Sip003;

/// <summary>The tunnel that the environment of a plugin asks for.</summary>
/// <param name="Role">Which end it is.</param>
/// <param name="Setup">The tunnel.</param>
/// <param name="Options">Where it keeps things.</param>
internal sealed record PluginPlan(PtRole Role, TunnelSetup Setup, TunnelRunOptions Options)
{
    private const string DefaultName = "shadowsocks";
    private const string Where = "plugin_opts: ";

    // Programs of shadowsocks-libev and shadowsocks-rust that play one role. ssservice plays either.
    private static readonly string[] s_clients = ["ss-local", "ss-redir", "ss-tunnel", "sslocal"];
    private static readonly string[] s_servers = ["ss-server", "ssserver"];

    /// <summary>Reads the environment and the plaitrc, and resolves the names of addresses to listen at.</summary>
    /// <param name="variables">The environment.</param>
    /// <param name="parent">The name of the program that started Plait, or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="TunnelException">Something is wrong with them.</exception>
    internal static async Task<PluginPlan> ReadAsync(
        IReadOnlyDictionary<string, string> variables, string? parent, CancellationToken cancellationToken)
    {
        if (!Sip003Options.TryParse(variables.GetValueOrDefault(Sip003Environment.OptionsVariable, ""), out _, out string? error))
        {
            throw new TunnelException(ExitCode.Usage, Where + error); // first: these are their user's, the rest is Shadowsocks'
        }

        if (!Sip003Environment.TryRead(variables, out Sip003Environment? environment, out error))
        {
            throw new TunnelException(ExitCode.Configuration, $"{error}; to use the commands of Plait without Shadowsocks, unset SS_*");
        }

        if (!PluginOptions.TryRead(environment.Options, out PluginOptions? options, out error))
        {
            throw new TunnelException(ExitCode.Usage, Where + error);
        }

        ThrowIfParentPlaysTheOtherRole(options.Role, parent);
        ConfigurationFile? plaitrc = TunnelSetup.Load(options.File, TunnelWords.OfPlugin);
        string name = options.Name ?? DefaultName;
        string chain = options.Chain ?? OnlyAliasOf(plaitrc);
        TunnelDefinition tunnel = options.Role == PtRole.Client
            ? await NearAsync(environment, options, name, chain, cancellationToken)
            : await FarAsync(environment, options, name, chain, cancellationToken);
        TunnelSetup setup = TunnelSetup.Of(options.Role, plaitrc, [tunnel], TunnelWords.OfPlugin);
        return options.ProblemOn(setup.Tunnels[0].Hops) is { } problem ? throw new TunnelException(ExitCode.Usage, Where + problem)
            : new(options.Role, setup, new(options.State, options.EventLog));
    }

    /// <summary>The names alone: a plan holds addresses (G5).</summary>
    public override string ToString() => Setup.ToString();

    /// <summary>A bare mistake would show as a port that is taken: the parent listens where the plugin would, and the reverse.</summary>
    private static void ThrowIfParentPlaysTheOtherRole(PtRole role, string? parent)
    {
        if (role == PtRole.Client && s_servers.Contains(parent))
        {
            throw new TunnelException(ExitCode.Usage, $"{Where}the word server is missing, which the plugin of {parent} needs; write server;chain=…");
        }

        if (role == PtRole.Server && s_clients.Contains(parent))
        {
            throw new TunnelException(ExitCode.Usage, $"{Where}server is for the side of ss-server, and {parent} is a client; leave the word out");
        }
    }

    private static string OnlyAliasOf(ConfigurationFile? plaitrc) =>
        plaitrc?.Result.Configuration.Aliases.Keys.ToArray() switch
        {
            [var only] => only,
            { Length: > 1 } => throw new TunnelException(ExitCode.Usage,
                $"{Where}the chain is not named, and the plaitrc has several; write chain=NAME"),
            _ => throw new TunnelException(ExitCode.Usage,
                $"{Where}the chain is not named; write chain=A|B, the hop nearest to Shadowsocks first, as in chain=obfs3|obfs4"),
        };

    private static async Task<TunnelDefinition> NearAsync(
        Sip003Environment environment, PluginOptions options, string name, string chain, CancellationToken cancellationToken) =>
        new TunnelDefinition.Near(name, null)
        {
            WrittenChain = chain,
            WrittenPlace = new WrittenPlace.Tcp(
                (await ListenAtAsync("SS_LOCAL_HOST", [environment.LocalHost], environment.LocalPort, cancellationToken))[0]),
            Targets = [.. environment.RemoteHosts.Select(host => EndPointOf("SS_REMOTE_HOST", host, environment.RemotePort))],
            Arguments = options.Profile is { } profile
                ? new(options.Arguments.Append(new(ArgumentProfiles.Key, profile)))
                : options.Arguments,
            Proxy = options.Proxy,
            BindV4 = options.BindV4,
            BindV6 = options.BindV6,
        };

    private static async Task<TunnelDefinition> FarAsync(
        Sip003Environment environment, PluginOptions options, string name, string chain, CancellationToken cancellationToken)
    {
        IReadOnlyList<IPEndPoint> addresses =
            await ListenAtAsync("SS_REMOTE_HOST", environment.RemoteHosts, environment.RemotePort, cancellationToken);
        return new TunnelDefinition.Far(name, null)
        {
            WrittenChain = chain,
            WrittenPlace = addresses is [var only] ? new WrittenPlace.Tcp(only) : new WrittenPlace.Several(addresses),
            Services = [new(null, EndPointOf("SS_LOCAL_HOST", environment.LocalHost, environment.LocalPort), null)],
            Options = options.Arguments,
        };
    }

    /// <summary>The addresses that hosts mean, each once. A wildcard takes both families, and so all others.</summary>
    private static async Task<IReadOnlyList<IPEndPoint>> ListenAtAsync(
        string variable, IReadOnlyList<string> hosts, int port, CancellationToken cancellationToken)
    {
        var addresses = new List<IPEndPoint>();
        foreach (string host in hosts)
        {
            addresses.AddRange(EndPointOf(variable, host, port) is IPEndPoint address ? [address]
                : [await ResolveAsync(variable, host, port, cancellationToken)]);
        }

        return addresses.Find(address => address.Address.Equals(IPAddress.Any) || address.Address.Equals(IPAddress.IPv6Any)) is { } wildcard ? [wildcard] : [.. addresses.Distinct()];
    }

    /// <summary>The first address of a name, as getaddrinfo(3) has it: that is what the other programs of Shadowsocks use.</summary>
    private static async Task<IPEndPoint> ResolveAsync(string variable, string host, int port, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = new TimeLimit(TimeProvider.System, new Limits().OpenTimeout, cancellationToken);
            IPAddress[] found = await Dns.GetHostAddressesAsync(host, limit.Token);
            return new(found[0], port);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or IndexOutOfRangeException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new TunnelException(ExitCode.TryAgain, $"the host name in {variable} cannot be resolved; write an IP address");
        }
    }

    private static EndPoint EndPointOf(string variable, string host, int port) =>
        AddressText.TryParseAddress(host is ['[', .. var inside, ']'] ? inside : host, out IPAddress? address) ? new IPEndPoint(address, port)
        : Uri.CheckHostName(host) == UriHostNameType.Dns ? new DnsEndPoint(host, port)
        : throw new TunnelException(ExitCode.Configuration,
            $"{variable} has neither an IP address nor a host name; correct the address of the server in the configuration of Shadowsocks");
}
