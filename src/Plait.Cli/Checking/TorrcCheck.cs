using System.Net;
using Plait.Configuration;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;
using Plait.Wire.Torrc;

namespace Plait.Cli.Checking;

/// <summary>What tor will do with a torrc, as far as it concerns Plait.</summary>
internal sealed class TorrcCheck
{
    private static readonly string[] s_proxies = ["HTTPSProxy", "Socks4Proxy", "Socks5Proxy"];
    private static readonly string[] s_bindAddresses = ["OutboundBindAddress", "OutboundBindAddressPT"];

    private readonly IReadOnlyList<TorrcOption> _options;
    private readonly List<Finding> _findings;
    private readonly List<TorrcStep> _steps = [];
    private readonly List<TorrcPlugin> _plugins;
    private readonly TorrcServerCheck _server;
    private readonly List<WrittenBridge> _bridges;

    private TorrcCheck(IReadOnlyList<TorrcOption> options, List<Finding> findings)
    {
        (_options, _findings) = (options, findings);
        _plugins = [.. options.Select(option => TorrcPlugin.Read(option, findings)).OfType<TorrcPlugin>()];
        _bridges = [.. Named("Bridge").Select(option => new WrittenBridge(option.At, option.Line.Value))];
        _server = new(options, [.. _plugins.Where(plugin => plugin.Role == PtRole.Server)], findings, _steps);
    }

    /// <summary>The plugin lines that start Plait.</summary>
    internal IEnumerable<TorrcPlugin> Ours => _plugins.Where(plugin => plugin.IsOurs);

    /// <summary>Bridge lines.</summary>
    internal IReadOnlyList<WrittenBridge> Bridges => _bridges;

    /// <summary>tor's ServerTransportOptions, by chain.</summary>
    internal IReadOnlyDictionary<string, PtArguments> ServerOptions => _server.Arguments;

    /// <summary>tor's ServerTransportListenAddr, by chain.</summary>
    internal IReadOnlyDictionary<string, IPEndPoint> ServerAddresses => _server.Addresses;

    /// <summary>What it demands of outside connections (E17, E22).</summary>
    internal OutsideDemand Outside => new(
        s_proxies.Any(name => Last(_options, name) is not null), s_bindAddresses.Any(name => Last(_options, name) is not null));

    /// <summary>What tor will do, in the order of the file.</summary>
    internal IReadOnlyList<TorrcStep> Steps => _steps;

    /// <summary>Looks at a torrc.</summary>
    internal static TorrcCheck Run(IReadOnlyList<TorrcOption> options, List<Finding> findings)
    {
        var check = new TorrcCheck(TorrcKeywords.LookUp(options, findings), findings);
        check.ReviewSwitches();
        check.ReviewPlugins();
        check.ReviewClient();
        check._server.Run();
        return check;
    }

    /// <summary>The plugin line that declares a transport for clients, or null.</summary>
    internal TorrcPlugin? ClientPluginOf(string transport) =>
        _plugins.Find(plugin => plugin.Role == PtRole.Client && plugin.Names.Contains(transport));

    /// <summary>The last line of an option counts.</summary>
    internal static TorrcOption? Last(IEnumerable<TorrcOption> options, string name) => options.LastOrDefault(option => option.Line.Is(name));

    /// <summary>Whether a switch is on.</summary>
    internal static bool IsOn(IEnumerable<TorrcOption> options, string name) => Last(options, name)?.Line.Value == "1";

    private IEnumerable<TorrcOption> Named(string name) => _options.Where(option => option.Line.Is(name));

    private void ReviewSwitches()
    {
        foreach ((string name, string value, string what) in new[]
        {
            ("DisableNetwork", "1", "tor starts no transport"), // N14
            ("Sandbox", "1", "tor refuses transports that it would have to start"),
            ("NoExec", "1", "tor ignores transports that it would have to start"),
        })
        {
            if (Last(_options, name) is { } option && option.Line.Value == value)
            {
                _findings.Add(Finding.Problem(option.At, $"with {name} {value} {what}", "Remove the line."));
            }
        }
    }

    private void ReviewPlugins()
    {
        if (!Ours.Any())
        {
            _findings.Add(Finding.Problem(
                null, "no line of the torrc starts Plait", "Write ClientTransportPlugin NAME exec /usr/bin/plait -f PLAITRC, for a bridge ServerTransportPlugin."));
        }

        foreach (TorrcPlugin plugin in Ours)
        {
            string side = plugin.Role == PtRole.Client ? "a client" : "a bridge";
            string file = plugin.File is { } path ? $" with the plaitrc {path}" : "";
            if (plugin.IsSound)
            {
                _steps.Add(new(plugin.At, $"starts {plugin.Command![0]} as {side} for {string.Join(", ", plugin.Names)}{file}"));
            }

            if (Ours.TakeWhile(other => other != plugin).FirstOrDefault(other => other.Role == plugin.Role
                && !other.Command!.SequenceEqual(plugin.Command!) && Path.GetFileName(other.File) == Path.GetFileName(plugin.File)) is { } first)
            {
                _findings.Add(Finding.Problem(
                    plugin.At, $"{first.At} starts Plait too, and both would keep their state in one folder, which has the name of the plaitrc",
                    "Make it one line with all names, or give each its own plaitrc, of another file name."));
            }
        }

        foreach (IGrouping<string, string> names in _plugins.SelectMany(plugin => plugin.Names).Distinct()
            .GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(names => names.Count() > 1))
        {
            _findings.Add(Finding.Problem( // N4
                _plugins.Last(plugin => plugin.Names.Contains(names.Last())).At,
                $"the names {string.Join(" and ", names)} differ only in case", "Give different chains different names, and one chain one name."));
        }
    }

    private void ReviewClient()
    {
        bool hasBridge = _bridges.Count > 0;
        foreach (WrittenBridge bridge in _bridges)
        {
            if (bridge.Transport is { } transport) // what is wrong with the line itself is found where it is looked at as a whole
            {
                ReviewTransport(bridge.At, transport);
            }
        }

        foreach (TorrcPlugin plugin in Ours.Where(plugin => plugin.Role == PtRole.Client))
        {
            var used = _bridges.Select(bridge => bridge.Transport).OfType<string>()
                .ToHashSet(StringComparer.OrdinalIgnoreCase); // another case is a finding of its own
            if (plugin.Names.Count > 0 && !plugin.Names.Any(used.Contains)) // N13
            {
                _findings.Add(Finding.Problem(
                    plugin.At, $"tor starts this only when a Bridge line names {(plugin.Names.Count == 1 ? plugin.Names[0] : "one of its transports")}, and none does",
                    "Add the Bridge line that the bridge's operator gave you."));
            }
        }

        bool asksForBridges = hasBridge || Ours.Any(plugin => plugin.Role == PtRole.Client);
        if (asksForBridges && !IsOn(_options, "UseBridges"))
        {
            _findings.Add(Finding.Problem(
                Last(_options, "UseBridges")?.At ?? (hasBridge ? _bridges[0].At : null), "without UseBridges 1 tor uses no Bridge line", "Add the line UseBridges 1."));
        }
        else if (IsOn(_options, "UseBridges") && Last(_options, "ORPort") is { Line.Value: not "0" } relay)
        {
            _findings.Add(Finding.Problem(
                relay.At, "a relay cannot use bridges, and tor does not start with ORPort and UseBridges 1", "Run the client and the bridge as two tors."));
        }

        if (Last(_options, "TCPProxy") is { } proxy) // E22
        {
            _findings.Add(Finding.Problem(
                proxy.At, "tor does not tell transports of TCPProxy, so they go around it", "Write Socks5Proxy or HTTPSProxy instead."));
        }
    }

    private void ReviewTransport(SourceLine at, string transport)
    {
        if (ClientPluginOf(transport) is not null)
        {
            _steps.Add(new(at, $"reaches a bridge through {transport}"));
        }
        else
        {
            string? other = _plugins.Where(plugin => plugin.Role == PtRole.Client).SelectMany(plugin => plugin.Names)
                .FirstOrDefault(name => name.Equals(transport, StringComparison.OrdinalIgnoreCase));
            string shown = QuotedName.Name(transport);
            _findings.Add(Finding.Problem(
                at, other is null ? $"no ClientTransportPlugin line declares {shown}" : $"{shown} is declared as {QuotedName.Name(other)}, and case counts",
                other is null ? "Add the name to the line that starts Plait, or correct it here." : "Write both alike."));
        }
    }
}
