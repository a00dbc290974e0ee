using System.Net;
using Plait.Wire.Addresses;

namespace Plait.Wire.Pt.Environments;

/// <summary>Writes the environment of a child process: the parent's side of pt-spec 3.2.</summary>
/// <remarks>
/// A copy of our environment, because the child needs PATH, HOME, TMPDIR and the like, without the variables of our own parent (E2), which
/// would otherwise reach the child (E1).
/// </remarks>
public static class ChildEnvironment
{
    /// <summary>The environment of a client PT.</summary>
    /// <param name="inherited">Our own environment.</param>
    /// <param name="child">The settings for the child.</param>
    /// <exception cref="ArgumentException">A name is not a transport name (N1).</exception>
    public static Dictionary<string, string> ForClient(IReadOnlyDictionary<string, string> inherited, ClientEnvironment child)
    {
        Dictionary<string, string> variables = Inherit(inherited);
        variables[PtVariables.ClientTransports] = Names(child.Transports);
        SetCommon(variables, child.StateLocation, child.ExitOnStdinClose);
        Set(variables, PtVariables.Proxy, child.Proxy?.Format());
        SetOutbound(variables, child.OutboundBindAddressV4, child.OutboundBindAddressV6);
        return variables;
    }

    /// <summary>
    /// The environment of a server PT. Each transport without a bind address gets <c>127.0.0.1:0</c>, because goptlib requires the variable (E30,
    /// E32). Without an Extended ORPort the variable is set to the empty value (E35).
    /// </summary>
    /// <param name="inherited">Our own environment.</param>
    /// <param name="child">The settings for the child.</param>
    /// <exception cref="ArgumentException">A name is not a transport name (N1).</exception>
    public static Dictionary<string, string> ForServer(IReadOnlyDictionary<string, string> inherited, ServerEnvironment child)
    {
        Dictionary<string, string> variables = Inherit(inherited);
        variables[PtVariables.ServerTransports] = Names(child.Transports);
        variables[PtVariables.ServerBindAddress] =
            string.Join(',', child.Transports.Select(name => $"{name}-{BindAddress(child, name)}"));
        variables[PtVariables.ExtendedServerPort] = Address(child.ExtendedServerPort) ?? "";
        SetCommon(variables, child.StateLocation, child.ExitOnStdinClose);
        string options = ServerTransportOptions.Format(child.Options);
        Set(variables, PtVariables.ServerTransportOptions, options.Length > 0 ? options : null);
        Set(variables, PtVariables.OrPort, Address(child.OrPort));
        Set(variables, PtVariables.AuthCookieFile, child.AuthCookieFile);
        SetOutbound(variables, child.OutboundBindAddressV4, child.OutboundBindAddressV6);
        return variables;
    }

    /// <summary>
    /// The environment of a program that is neither a PT nor a plugin: a copy of our own, without the variables by which our parent tells a PT or
    /// a plugin what to do (E1, E2).
    /// </summary>
    /// <param name="inherited">Our own environment.</param>
    // Case is ignored, because Windows ignores it: "Tor_Pt_Proxy" would reach the child otherwise.
    public static Dictionary<string, string> Inherit(IReadOnlyDictionary<string, string> inherited) => inherited
        .Where(variable => !variable.Key.StartsWith(PtVariables.Prefix, StringComparison.OrdinalIgnoreCase)
            && !variable.Key.StartsWith(PtVariables.ShadowsocksPrefix, StringComparison.OrdinalIgnoreCase))
        .ToDictionary(variable => variable.Key, variable => variable.Value);

    private static string Names(IReadOnlyList<string> transports)
    {
        foreach (string name in transports)
        {
            if (!TransportName.IsValid(name))
            {
                throw new ArgumentException($"'{name}' is not a transport name.", nameof(transports));
            }
        }

        return string.Join(',', transports);
    }

    private static string BindAddress(ServerEnvironment child, string name) =>
        Address(child.BindAddresses.GetValueOrDefault(name)) ?? "127.0.0.1:0";

    private static void SetCommon(Dictionary<string, string> variables, string? stateLocation, bool exitOnStdinClose)
    {
        variables[PtVariables.ManagedTransportVersion] = PtVariables.SupportedVersion; // E9
        Set(variables, PtVariables.StateLocation, stateLocation);
        Set(variables, PtVariables.ExitOnStdinClose, exitOnStdinClose ? "1" : null); // E13
    }

    private static void SetOutbound(Dictionary<string, string> variables, IPAddress? v4, IPAddress? v6)
    {
        Set(variables, PtVariables.OutboundBindAddressV4, v4?.ToString());
        Set(variables, PtVariables.OutboundBindAddressV6, v6 is null ? null : $"[{AddressText.Normalize(v6)}]"); // E16
    }

    private static string? Address(IPEndPoint? endPoint) => endPoint is null ? null : AddressText.Format(endPoint);

    private static void Set(Dictionary<string, string> variables, string name, string? value)
    {
        if (value is not null)
        {
            variables[name] = value;
        }
    }
}
