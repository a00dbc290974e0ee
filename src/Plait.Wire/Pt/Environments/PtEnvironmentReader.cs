using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Messages;

namespace Plait.Wire.Pt.Environments;

/// <summary>
/// Reads one variable after the other and keeps the first error. Reading goes on after an error, so that the methods below need no error
/// handling; their results are then discarded.
/// </summary>
internal sealed class PtEnvironmentReader(IReadOnlyDictionary<string, string> variables)
{
    private string? _error;

    internal string? Optional(string name) =>
        variables.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    /// <summary>Returns the error message, or null if the parent speaks version 1 (E7, E8, V14).</summary>
    internal PtMessage? CheckVersion()
    {
        if (Optional(PtVariables.ManagedTransportVersion) is not { } versions)
        {
            return new EnvErrorMessage(MissingText(PtVariables.ManagedTransportVersion));
        }

        return versions.Split(',').Contains(PtVariables.SupportedVersion) ? null : new VersionErrorMessage("no-version");
    }

    internal PtEnvironment Read(PtRole role)
    {
        PtEnvironment environment = role == PtRole.Client ? ReadClient() : ReadServer();
        return _error is null ? environment : new PtEnvironment.Refused(new EnvErrorMessage(_error));
    }

    private PtEnvironment ReadClient()
    {
        var environment = new ClientEnvironment
        {
            Transports = Transports(PtVariables.ClientTransports),
            StateLocation = Required(PtVariables.StateLocation),
            ExitOnStdinClose = ExitOnStdinClose(),
            OutboundBindAddressV4 = OutboundBindAddress(PtVariables.OutboundBindAddressV4, v4: true),
            OutboundBindAddressV6 = OutboundBindAddress(PtVariables.OutboundBindAddressV6, v4: false),
        };
        if (Optional(PtVariables.Proxy) is not { } uri)
        {
            return new PtEnvironment.Client(environment);
        }

        return UpstreamProxy.TryParse(uri, out UpstreamProxy? proxy, out string? error)
            ? new PtEnvironment.Client(environment with { Proxy = proxy })
            : new PtEnvironment.Refused(new ProxyErrorMessage(error!));
    }

    private PtEnvironment.Server ReadServer()
    {
        IReadOnlyList<string> transports = Transports(PtVariables.ServerTransports);
        var environment = new ServerEnvironment
        {
            Transports = transports,
            StateLocation = Required(PtVariables.StateLocation),
            ExitOnStdinClose = ExitOnStdinClose(),
            BindAddresses = BindAddresses(transports),
            Options = Options(),
            OrPort = Address(PtVariables.OrPort),
            ExtendedServerPort = Address(PtVariables.ExtendedServerPort),
            AuthCookieFile = Optional(PtVariables.AuthCookieFile),
            OutboundBindAddressV4 = OutboundBindAddress(PtVariables.OutboundBindAddressV4, v4: true),
            OutboundBindAddressV6 = OutboundBindAddress(PtVariables.OutboundBindAddressV6, v4: false),
        };
        CheckWayToTor(environment);
        return new(environment);
    }

    // E37. The cookie file itself is not read here: it may not exist yet (E39).
    private void CheckWayToTor(ServerEnvironment environment)
    {
        if (environment.ExtendedServerPort is not null && environment.AuthCookieFile is null)
        {
            Complain($"need {PtVariables.AuthCookieFile} environment variable with {PtVariables.ExtendedServerPort}");
        }

        if (environment.ExtendedServerPort is null && environment.OrPort is null)
        {
            Complain($"need {PtVariables.OrPort} or {PtVariables.ExtendedServerPort} environment variable");
        }
    }

    // E19, E33. A name that no transport can have, such as "*", is treated as unknown (E20, E21). Repeated names count once (M29).
    private string[] Transports(string variable)
    {
        string[] names = [.. Required(variable).Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct()];
        if (names.Length == 0)
        {
            Complain($"{variable} names no transport: expected names separated by commas");
        }

        return names;
    }

    // E13: with any other value the end of standard input has no meaning.
    private bool ExitOnStdinClose() => Optional(PtVariables.ExitOnStdinClose) == "1";

    // E28 to E31.
    private Dictionary<string, IPEndPoint> BindAddresses(IReadOnlyList<string> transports)
    {
        Dictionary<string, IPEndPoint> given = [];
        string text = Optional(PtVariables.ServerBindAddress) ?? "";
        foreach (string item in text.Length == 0 ? [] : text.Split(','))
        {
            int dash = item.IndexOf('-', StringComparison.Ordinal);
            if (dash <= 0 || !AddressText.TryParseLenient(item.AsSpan(dash + 1), out IPEndPoint? address))
            {
                Complain($"{PtVariables.ServerBindAddress}: entry {given.Count + 1} is wrong: expected name-ip:port");
                break;
            }

            if (!given.TryAdd(item[..dash], address))
            {
                Complain($"{PtVariables.ServerBindAddress}: entry {given.Count + 1} names a transport for the second time");
                break;
            }
        }

        return transports.ToDictionary(name => name, name => given.GetValueOrDefault(name) ?? new IPEndPoint(IPAddress.Any, 0));
    }

    private IReadOnlyDictionary<string, PtArguments> Options()
    {
        string text = Optional(PtVariables.ServerTransportOptions) ?? "";
        if (!ServerTransportOptions.TryParse(text, out IReadOnlyDictionary<string, PtArguments> options, out string? error))
        {
            Complain($"{PtVariables.ServerTransportOptions}: {error}");
        }

        return options;
    }

    private IPEndPoint? Address(string variable)
    {
        if (Optional(variable) is not { } text)
        {
            return null;
        }

        if (!AddressText.TryParseLenient(text, out IPEndPoint? address) || address.Port == 0)
        {
            Complain($"{variable} is not an address: expected ip:port with a port from 1 to 65535");
        }

        return address;
    }

    // E16. No error line is defined for a bad value (E17), but connecting from another address than requested would be worse.
    private IPAddress? OutboundBindAddress(string variable, bool v4)
    {
        if (Optional(variable) is not { } text)
        {
            return null;
        }

        // An IPv4-mapped address is neither: no IPv6 connection can use it as its source, and a child would get IPv4 in brackets.
        if (!AddressText.TryParseAddress(text, out IPAddress? address) || address.IsIPv4MappedToIPv6 || AddressText.IsIPv4(address) != v4)
        {
            Complain($"{variable} is not an address: expected {(v4 ? "an IPv4 address" : "an IPv6 address in brackets")}");
        }

        return address;
    }

    private string Required(string variable)
    {
        string? value = Optional(variable);
        if (value is null)
        {
            Complain(MissingText(variable));
        }

        return value ?? "";
    }

    private void Complain(string error) => _error ??= error;

    private static string MissingText(string variable) => $"no {variable} environment variable";
}
