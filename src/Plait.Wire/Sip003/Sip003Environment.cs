using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Environments;

namespace Plait.Wire.Sip003;

/// <summary>
/// What a plugin of Shadowsocks is told by its parent (SIP003). As a client it listens at LOCAL and connects to REMOTE; as a server it
/// listens at REMOTE and connects to LOCAL (Q3, Q4). The role itself is not among the variables (Q6).
/// </summary>
/// <param name="RemoteHost">An IP address without brackets, or a host name (Q7). Several are separated by <c>|</c> (Q23).</param>
/// <param name="RemotePort">From 1 to 65535.</param>
/// <param name="LocalHost">As <paramref name="RemoteHost"/>.</param>
/// <param name="LocalPort">From 1 to 65535.</param>
/// <param name="Options">The options, in their order.</param>
public sealed record Sip003Environment(string RemoteHost, int RemotePort, string LocalHost, int LocalPort, PtArguments Options)
{
    /// <summary>The variable that holds the options, which its user writes: <see cref="Sip003Options"/>.</summary>
    public const string OptionsVariable = PtVariables.ShadowsocksPrefix + "PLUGIN_OPTIONS";

    private const string RemoteHostVariable = PtVariables.ShadowsocksPrefix + "REMOTE_HOST";
    private const string RemotePortVariable = PtVariables.ShadowsocksPrefix + "REMOTE_PORT";
    private const string LocalHostVariable = PtVariables.ShadowsocksPrefix + "LOCAL_HOST";
    private const string LocalPortVariable = PtVariables.ShadowsocksPrefix + "LOCAL_PORT";

    /// <summary>The addresses and names of <see cref="RemoteHost"/>, at least one (Q23).</summary>
    public IReadOnlyList<string> RemoteHosts => RemoteHost.Split('|');

    /// <summary>Whether a process was started as a plugin: its parent set the required variables (Q2).</summary>
    /// <param name="variables">The environment of the process.</param>
    public static bool IsSet(IReadOnlyDictionary<string, string> variables) =>
        variables.ContainsKey(LocalHostVariable) || variables.ContainsKey(LocalPortVariable);

    /// <summary>Reads the variables: the plugin's side.</summary>
    /// <param name="variables">The environment of the process.</param>
    /// <param name="environment">What the parent asks for; null after an error.</param>
    /// <param name="error">Which variable is missing or wrong, without its value; null on success.</param>
    public static bool TryRead(
        IReadOnlyDictionary<string, string> variables, [NotNullWhen(true)] out Sip003Environment? environment, [NotNullWhen(false)] out string? error)
    {
        environment = null;
        if (!TryReadHost(variables, RemoteHostVariable, out string remoteHost, out error)
            || !TryReadPort(variables, RemotePortVariable, out int remotePort, out error)
            || !TryReadHost(variables, LocalHostVariable, out string localHost, out error)
            || !TryReadPort(variables, LocalPortVariable, out int localPort, out error))
        {
            return false;
        }

        if (!Sip003Options.TryParse(variables.GetValueOrDefault(OptionsVariable, ""), out PtArguments options, out string? wrong))
        {
            error = $"{OptionsVariable}: {wrong}";
            return false;
        }

        environment = new(remoteHost, remotePort, localHost, localPort, options);
        return true;
    }

    /// <summary>
    /// The environment of a plugin: the parent's side. A copy of our own environment without what our own parent told us (E2), and with these
    /// variables. Without options <c>SS_PLUGIN_OPTIONS</c> is not set.
    /// </summary>
    /// <param name="inherited">Our own environment.</param>
    public Dictionary<string, string> For(IReadOnlyDictionary<string, string> inherited)
    {
        Dictionary<string, string> variables = ChildEnvironment.Inherit(inherited);
        variables[RemoteHostVariable] = RemoteHost;
        variables[RemotePortVariable] = RemotePort.ToString(CultureInfo.InvariantCulture);
        variables[LocalHostVariable] = LocalHost;
        variables[LocalPortVariable] = LocalPort.ToString(CultureInfo.InvariantCulture);
        if (Options.Count > 0)
        {
            variables[OptionsVariable] = Sip003Options.Format(Options);
        }

        return variables;
    }

    /// <summary>The keys of the options alone: the rest holds addresses and secrets (G5).</summary>
    public override string ToString() => $"SIP003: {Options}";

    private static bool TryReadHost(
        IReadOnlyDictionary<string, string> variables, string name, out string host, [NotNullWhen(false)] out string? error)
    {
        host = variables.GetValueOrDefault(name, "");
        error = host.Length == 0 ? NotSet(name) : null;
        return error is null;
    }

    private static bool TryReadPort(
        IReadOnlyDictionary<string, string> variables, string name, out int port, [NotNullWhen(false)] out string? error)
    {
        port = 0;
        error = !variables.TryGetValue(name, out string? text) ? NotSet(name)
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue ? null
            : $"{name} is not a port from 1 to 65535";
        return error is null;
    }

    private static string NotSet(string name) => $"{name} is not set; Shadowsocks sets it for a plugin";
}
