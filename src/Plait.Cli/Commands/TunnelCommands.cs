using System.CommandLine;
using Plait.Cli.Tunnels;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Wire.Addresses;
using Plait.Wire.Pt;

namespace Plait.Cli.Commands;

/// <summary><c>plait connect</c> and <c>plait serve</c>: the two ends of a tunnel without tor.</summary>
internal static class TunnelCommands
{
    private const string ProxyFile = "--proxy-file";

    private static readonly Dictionary<string, (string Help, string Value)> s_ofConnect = new()
    {
        [TunnelOption.Bridge] = ("The bridge line that the far end printed, in quotes: chain, address and arguments", "LINE"),
        [TunnelOption.Chain] = ("In place of a bridge line: the chain, hop nearest to the application first, or the name of one", "A|B"),
        [TunnelOption.To] = ("The address of the far end, with --chain", "HOST:PORT"),
        [TunnelOption.Arg] = ("An argument, with --chain: for hop 1, counted from 0, 1:cert=…; for all hops cert=…. May be repeated", "ARG"),
        [TunnelOption.Listen] = (
            "Where applications connect: ADDR:PORT, unix:PATH, systemd[:NAME] for a socket of the service manager, or - for stdin and stdout",
            "PLACE"),
        [TunnelOption.Socks] = ("The place is a SOCKS port: the host name that an application asks for is the name of a service at the far end", ""),
        [TunnelOption.Service] = ("The service to ask the far end for, where it has several", "NAME"),
        [TunnelOption.Proxy] = ("The only way to the network: socks5://, socks4a:// or http://, then [USER:PASSWORD@]ADDR:PORT", "URI"),
        [TunnelOption.Bind] = ("The address of this machine to connect from; one for each family", "ADDR"),
    };

    private static readonly Dictionary<string, (string Help, string Value)> s_ofServe = new()
    {
        [TunnelOption.Chain] = ("The chain, hop nearest to the service first, or the name of one", "A|B"),
        [TunnelOption.Listen] = ("Where the network connects: ADDR:PORT, or systemd[:NAME] for a socket of the service manager", "PLACE"),
        [TunnelOption.Forward] = ("The service: HOST:PORT or unix:PATH. Several with NAME= before each: near ends ask for one by its name",
            "SERVICE"),
        [TunnelOption.Option] = ("An option of a transport, as ServerTransportOptions of torrc: for hop 1 1:iat-mode=1. May be repeated", "OPT"),
        [TunnelOption.ProxyProtocol] = ("Tells the service the client's address by a PROXY header of this version", "1|2"),
        [TunnelOption.ClientTable] = ("Each client comes to the service from an address of 127/8 of its own; this file says which is whose", "FILE"),
        [TunnelOption.Address] = ("The public address, for the bridge line. Default: where it listens", "ADDR:PORT"),
        [TunnelOption.BridgeFile] = ("Where the bridge line is written. Default: NAME_bridgeline.txt in the state directory", "FILE"),
    };

    /// <summary>The near end.</summary>
    internal static Command Connect()
    {
        var proxyFile = new Option<string?>(ProxyFile)
        {
            Description = "The same as --proxy, from the first line of this file: other users of the machine see command lines, and so passwords",
            HelpName = "FILE",
        };
        return Create(
            PtRole.Client, "Opens the near end of a tunnel: applications connect to it", s_ofConnect,
            """
              plait connect --bridge 'obfs3_obfs4 192.0.2.4:443 x-chain-1-cert=…' \
                --listen 127.0.0.1:5000
              plait connect --chain 'obfs3|obfs4' --to 192.0.2.4:443 --arg 1:cert=… \
                --listen unix:/run/user/1000/vpn.sock
              ssh -o ProxyCommand="plait connect -f my.plaitrc --name ssh" host
              plait connect -f my.plaitrc
            """, "Keeps what the programs write in this directory. Default: one that is removed at the end", proxyFile: proxyFile);
    }

    /// <summary>The far end.</summary>
    internal static Command Serve()
    {
        var qr = new Option<bool>("--qr") { Description = "Draws the bridge line as a QR code too" };
        return Create(
            PtRole.Server, "Opens the far end of a tunnel: forwards to a service", s_ofServe,
            """
              plait serve --chain 'obfs3|obfs4' --listen 0.0.0.0:443 \
                --forward 127.0.0.1:1194
              plait serve --chain obfs4 --listen '[::]:443' --qr \
                --forward ssh=127.0.0.1:22 --forward web=unix:/run/web.sock
              plait serve --chain obfs4 --listen 0.0.0.0:443 --forward 127.0.0.1:80 \
                --proxy-protocol 2
              plait serve -f my.plaitrc
            """, "Keeps the keys in this directory. Default: $STATE_DIRECTORY of systemd, else ~/.local/state/plait", qr);
    }

    private static CommandWithExamples Create(
        PtRole role,
        string description,
        Dictionary<string, (string Help, string Value)> help,
        string examples,
        string stateHelp,
        Option<bool>? qr = null,
        Option<string?>? proxyFile = null)
    {
        var command = new CommandWithExamples(TunnelOption.WordOf(role), description, examples);
        var values = new Dictionary<TunnelOption, Option>();
        foreach (TunnelOption known in TunnelOption.All.Where(known => known.Role == role))
        {
            (string text, string value) = help[known.Name];
            Option option = !known.TakesValue ? new Option<bool>(known.Name) { Description = text }
                : known.Repeats ? new Option<string[]>(known.Name) { Description = text, HelpName = value }
                : new Option<string?>(known.Name) { Description = text, HelpName = value };
            values.Add(known, option);
            command.Add(option);
        }

        var name = new Option<string?>("--name")
        {
            Description = "The tunnel's name in messages and state; or which Tunnel line of the plaitrc to run. Default: tunnel; of a plaitrc all",
            HelpName = "NAME",
        };
        var file = new Option<string?>("--file", "-f")
        {
            Description = "A plaitrc with transports and Tunnel lines. Default: the usual places; "
                + "without one, the transports of lyrebird or obfs4proxy, and those of Plait",
            HelpName = "FILE",
        };
        var state = new Option<string?>("--state") { Description = stateHelp, HelpName = "DIR" };
        var events = new Option<string?>("--event-log") { Description = "Writes what happens to this file, one JSON object a line",
            HelpName = "FILE" };
        command.Add(name);
        command.Add(file);
        command.Add(state);
        command.Add(events);
        if (qr is not null)
        {
            command.Add(qr);
        }

        if (proxyFile is not null)
        {
            command.Add(proxyFile);
        }

        command.SetAction((parsed, hungUp) => RunAsync(
            () => TunnelSetup.Read(role, parsed.GetValue(file), parsed.GetValue(name),
                WithProxy(OptionsOf(parsed, values), proxyFile is null ? null : parsed.GetValue(proxyFile))),
            new(parsed.GetValue(state), parsed.GetValue(events)), new(qr is not null && parsed.GetValue(qr)), hungUp));
        return command;
    }

    private static TunnelOptions OptionsOf(ParseResult parsed, Dictionary<TunnelOption, Option> values) => new(
        (from each in values
         let given = parsed.GetResult(each.Value)
         where given is { Implicit: false }
         select (each.Key.Name, Values: ValuesOf(parsed, each.Value)))
        .ToDictionary(given => given.Name, given => given.Values));

    /// <summary>Adds the upstream proxy of a file, and warns of a password that stands in the command line.</summary>
    private static TunnelOptions WithProxy(TunnelOptions options, string? file)
    {
        string? proxy = options.First(TunnelOption.Proxy);
        if (file is null)
        {
            if (proxy?.Contains('@', StringComparison.Ordinal) == true)
            {
                StandardStreams.WriteError(
                    $"plait: other users of this machine see the password after {TunnelOption.Proxy}, in the list of processes; write it to a file and name that with {ProxyFile}");
            }

            return options;
        }

        if (proxy is not null)
        {
            throw new TunnelException(ExitCode.Usage, $"{TunnelOption.Proxy} and {ProxyFile} exclude each other. Keep one of the two.");
        }

        if (!BoundedFile.TryRead(file, "file with a proxy", ProxyFile, out string? text, out string? error))
        {
            throw new TunnelException(ExitCode.NoInput, error);
        }

        proxy = text.Split('\n')[0].Trim();
        return UpstreamProxy.TryParse(proxy, out _, out error)
            ? new(new Dictionary<string, IReadOnlyList<string>>(options.Values) { [TunnelOption.Proxy] = [proxy] })
            : throw new TunnelException(ExitCode.Usage, $"{ProxyFile} {file}: {error}. {TunnelBuilder.ProxyForm}");
    }

    private static IReadOnlyList<string> ValuesOf(ParseResult parsed, Option option) => option switch
    {
        Option<string[]> several => parsed.GetValue(several)!,
        Option<string?> one => [parsed.GetValue(one)!],
        _ => [],
    };

    private static async Task<int> RunAsync(Func<TunnelSetup> read, TunnelRunOptions options, CommandFace face, CancellationToken hungUp)
    {
        try
        {
            return (int)await TunnelRun.RunAsync(read(), options, face, hungUp);
        }
        catch (TunnelException e)
        {
            StandardStreams.WriteError($"plait: {e.Message}");
            return (int)e.Code;
        }
    }
}
