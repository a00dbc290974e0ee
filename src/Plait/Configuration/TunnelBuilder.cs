using System.Net;
using System.Net.Sockets;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.ProxyProtocol;
using Plait.Wire.Pt;
using Plait.Wire.Torrc;

namespace Plait.Configuration;

/// <summary>Makes a tunnel of its options: those of a command line and of a plaitrc are judged alike.</summary>
[ProgramSeam]
internal sealed class TunnelBuilder
{
    /// <summary>What to write for an upstream proxy.</summary>
    internal const string ProxyForm =
        "Write socks5://ADDR:PORT, socks4a://ADDR:PORT or http://ADDR:PORT, with USER:PASSWORD@ before the address if it asks.";

    private readonly string _name;
    private readonly SourceLine? _at;
    private readonly TunnelOptions _options;
    private (string What, string Instead)? _problem;

    private TunnelBuilder(string name, SourceLine? at, TunnelOptions options)
    {
        (_name, _at, _options) = (name, at, options);
    }

    /// <summary>Makes it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="role">Which end it is.</param>
    /// <param name="at">Its line, or null.</param>
    /// <param name="options">Its options.</param>
    /// <param name="problem">The first problem: what is wrong, and what to write instead; null if there is none.</param>
    internal static TunnelDefinition? Build(
        string name, PtRole role, SourceLine? at, TunnelOptions options, out (string What, string Instead)? problem)
    {
        var builder = new TunnelBuilder(name, at, options);
        TunnelDefinition? tunnel = role == PtRole.Client ? builder.Near() : builder.Far();
        problem = builder._problem;
        return problem is null ? tunnel : null;
    }

    private TunnelDefinition.Near? Near()
    {
        WrittenPlace? place = Place();
        (string Chain, EndPoint Target, PtArguments Arguments)? way = _options.Has(TunnelOption.Bridge) ? OfBridgeLine() : OfOptions();
        UpstreamProxy? proxy = null;
        if (_options.First(TunnelOption.Proxy) is { } written && !UpstreamProxy.TryParse(written, out proxy, out string? error))
        {
            Report($"{TunnelOption.Proxy}: {error}", ProxyForm);
        }

        (IPAddress? bindV4, IPAddress? bindV6) = BindAddresses();
        bool asks = _options.Has(TunnelOption.Socks);
        string? service = _options.First(TunnelOption.Service);
        if (asks && service is not null)
        {
            Report($"{TunnelOption.Socks} and {TunnelOption.Service} exclude each other",
                "Keep one: with --socks the applications name the service.");
        }
        else if (asks && place is WrittenPlace.Standard)
        {
            Report($"{TunnelOption.Socks} does not go with stdin and stdout", $"Write {TunnelOption.Service} NAME for the service.");
        }
        else if (service is not null && !TunnelText.IsServiceName(service))
        {
            Report($"{TunnelOption.Service} has a name that is none", "Write the name that stands before = after --forward at the far end.");
        }

        return _problem is null ? new(_name, _at)
        {
            WrittenChain = way!.Value.Chain,
            WrittenPlace = place!,
            Targets = [way.Value.Target],
            Arguments = way.Value.Arguments,
            Service = service,
            AsksApplication = asks,
            Proxy = proxy,
            BindV4 = bindV4,
            BindV6 = bindV6,
        } : null;
    }

    private TunnelDefinition.Far? Far()
    {
        string? chain = Chain();
        WrittenPlace? place = Place();
        if (place is WrittenPlace.Unix or WrittenPlace.Standard)
        {
            Report($"{TunnelOption.Listen} of a far end is for the network",
                "Write ADDR:PORT, with a wildcard address for all of this machine, or systemd.");
        }

        List<WrittenService> services = Services();
        ProxyHeaderVersion? header = _options.First(TunnelOption.ProxyProtocol) switch
        {
            null => null,
            "1" => ProxyHeaderVersion.V1,
            "2" => ProxyHeaderVersion.V2,
            _ => Report<ProxyHeaderVersion?>($"{TunnelOption.ProxyProtocol} is neither 1 nor 2",
                "Write the version that the service expects; 2 for most."),
        };
        string? clientTable = _options.First(TunnelOption.ClientTable);
        if (clientTable is not null && services.Exists(service => !TunnelText.IsLoopbackV4(service)))
        {
            Report($"{TunnelOption.ClientTable} needs services at IPv4 loopback addresses: their clients come from such addresses",
                $"Write ADDR:PORT after {TunnelOption.Forward}, with the loopback address of the service; for others there is {TunnelOption.ProxyProtocol}.");
        }

        IPEndPoint? address = null;
        if (_options.First(TunnelOption.Address) is { } written
            && (!AddressText.TryParse(written, out address) || address.Port == 0 || address.Address.Equals(IPAddress.Any)))
        {
            Report($"{TunnelOption.Address} is no IP address with a port that clients can use",
                "Write the public address and port, an IPv6 address in brackets.");
        }

        PtArguments options = Arguments(TunnelOption.Option);
        return _problem is null ? new(_name, _at)
        {
            WrittenChain = chain!,
            WrittenPlace = place!,
            Services = services,
            Options = options,
            Header = header,
            ClientTable = clientTable,
            PublicAddress = address,
            BridgeFile = _options.First(TunnelOption.BridgeFile),
        } : null;
    }

    private (string Chain, EndPoint Target, PtArguments Arguments)? OfBridgeLine()
    {
        foreach (string other in new[] { TunnelOption.Chain, TunnelOption.To, TunnelOption.Arg })
        {
            if (_options.Has(other))
            {
                return Report<(string, EndPoint, PtArguments)?>($"{TunnelOption.Bridge} and {other} exclude each other",
                    "A bridge line has the chain, the address and the arguments: keep one of the two.");
            }
        }

        BridgeLineReading reading = BridgeLineReader.Read(_options.First(TunnelOption.Bridge)!);
        if (reading.Findings.FirstOrDefault(each => !each.IsCorrected) is { } finding)
        {
            return Report<(string, EndPoint, PtArguments)?>($"{TunnelOption.Bridge}, {finding.What}", finding.Instead);
        }

        return reading.Bridge is { Transport: { } transport } bridge
            ? (transport, bridge.Address, bridge.Arguments)
            : Report<(string, EndPoint, PtArguments)?>($"{TunnelOption.Bridge} names no chain",
                "Write the name of the chain before the address, as in obfs3_obfs4 ADDR:PORT.");
    }

    private (string Chain, EndPoint Target, PtArguments Arguments)? OfOptions()
    {
        string? chain = Chain();
        if (_options.First(TunnelOption.To) is not { } to)
        {
            return Report<(string, EndPoint, PtArguments)?>("the far end is not named",
                "Write --bridge 'LINE', or --chain 'A|B' --to HOST:PORT with --arg for each argument.");
        }

        EndPoint? target = TunnelText.Target(to, out string? error);
        if (target is null)
        {
            Report($"{TunnelOption.To} {error}", "Write HOST:PORT, an IPv6 address in brackets.");
        }

        PtArguments arguments = Arguments(TunnelOption.Arg);
        return _problem is null ? (chain!, target!, arguments) : null;
    }

    private string? Chain() =>
        _options.First(TunnelOption.Chain) is not { } chain
            ? Report<string?>("the chain is not named", "Write --chain 'A|B', the hop nearest to the application first, as in --chain 'obfs3|obfs4'.")
        : !TunnelText.IsChain(chain)
            ? Report<string?>($"{TunnelOption.Chain} is no chain", "Write names of transports with | between them, in quotes, as in 'obfs3|obfs4'.")
        : chain;

    private WrittenPlace? Place()
    {
        if (_options.First(TunnelOption.Listen) is not { } written)
        {
            return Report<WrittenPlace?>("it is not said where to listen", $"Write --listen {TunnelText.PlaceForm}.");
        }

        WrittenPlace? place = TunnelText.Place(written, out string? error);
        return error is null ? place : Report<WrittenPlace?>($"{TunnelOption.Listen} {error}", $"Write {TunnelText.PlaceForm}.");
    }

    private List<WrittenService> Services()
    {
        var services = new List<WrittenService>();
        foreach (string written in _options.All(TunnelOption.Forward))
        {
            WrittenService? service = TunnelText.Service(written, out string? error);
            if (service is null)
            {
                Report($"{TunnelOption.Forward} {error}", $"Write {TunnelText.ServiceForm}.");
                return services;
            }

            services.Add(service);
        }

        if (services.Count == 0)
        {
            Report("the service is not named", "Write --forward HOST:PORT, or --forward unix:PATH.");
        }
        else if (services.Count > 1 && services.Exists(service => service.Name is null))
        {
            Report($"there are several {TunnelOption.Forward}, and one of them has no name",
                "Write NAME= before each address, as in --forward ssh=HOST:PORT.");
        }
        else if (services.Select(service => service.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count() < services.Count)
        {
            Report($"two {TunnelOption.Forward} have the same name", "Give each service a name of its own.");
        }

        return services;
    }

    private PtArguments Arguments(string option)
    {
        var arguments = new List<PtArgument>();
        foreach (string written in _options.All(option))
        {
            if (!TunnelText.TryArgument(written, out PtArgument? argument))
            {
                Report($"{option} is no argument", "Write KEY=VALUE for all hops, or HOP:KEY=VALUE for one, counted from 0, as in 1:iat-mode=1.");
                break;
            }

            arguments.Add(argument.Value);
        }

        return new(arguments);
    }

    private (IPAddress? V4, IPAddress? V6) BindAddresses()
    {
        IPAddress? v4 = null, v6 = null;
        foreach (string written in _options.All(TunnelOption.Bind))
        {
            if (!AddressText.TryParseAddress(written, out IPAddress? address))
            {
                Report($"{TunnelOption.Bind} is no IP address", "Write an address of this machine, without a port.");
            }
            else if ((address.AddressFamily == AddressFamily.InterNetwork ? v4 : v6) is not null)
            {
                Report($"{TunnelOption.Bind} stands twice for one family", "Keep one address for IPv4, and one for IPv6.");
            }
            else
            {
                (v4, v6) = address.AddressFamily == AddressFamily.InterNetwork ? (address, v6) : (v4, address);
            }
        }

        return (v4, v6);
    }

    private void Report(string what, string instead) => _problem ??= (what, instead);

    private T? Report<T>(string what, string instead)
    {
        Report(what, instead);
        return default;
    }
}
