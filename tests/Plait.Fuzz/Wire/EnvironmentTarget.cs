using Plait.Fuzz.Engine;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;
using Plait.Wire.Pt.Messages;

namespace Plait.Fuzz.Wire;

/// <summary>
/// The environment that a parent started us with. The first byte forces a role, or none; then a line "NAME=VALUE" for each
/// variable.
/// </summary>
internal sealed class EnvironmentTarget : FuzzTarget
{
    // Of our parent, and of a shadowsocks that uses us as its plugin.
    private static readonly List<string> s_prefixes = ["TOR_PT_", "SS_"];

    private static readonly PtRole?[] s_roles = [null, PtRole.Client, PtRole.Server];

    internal override string Name => "environment";

    internal override string Invariant =>
        "an environment, or a refusal in one line; what was read, handed to a child, is read by it as the same; nothing of "
        + "our parent leaks to the child";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "TOR_PT_MANAGED_TRANSPORT_VER=1\n", "TOR_PT_MANAGED_TRANSPORT_VER=", "TOR_PT_STATE_LOCATION=/var/lib/tor/pt_state/\n",
        "TOR_PT_EXIT_ON_STDIN_CLOSE=1\n",
        "TOR_PT_CLIENT_TRANSPORTS=obfs3,obfs4\n", "TOR_PT_CLIENT_TRANSPORTS=", "TOR_PT_SERVER_TRANSPORTS=obfs4,meek\n",
        "TOR_PT_SERVER_TRANSPORTS=", "TOR_PT_PROXY=socks5://u:p@127.0.0.1:1\n",
        "TOR_PT_SERVER_BINDADDR=obfs4-0.0.0.0:0,meek-[::]:443\n", "TOR_PT_SERVER_BINDADDR=",
        "TOR_PT_SERVER_TRANSPORT_OPTIONS=obfs4:a=b\\;c;meek:k=v\n", "TOR_PT_ORPORT=127.0.0.1:9001\n",
        "TOR_PT_EXTENDED_SERVER_PORT=127.0.0.1:9002\n", "TOR_PT_EXTENDED_SERVER_PORT=\n", "TOR_PT_AUTH_COOKIE_FILE=/cookie\n",
        "TOR_PT_OUTBOUND_BIND_ADDRESS_V4=192.0.2.1\n",
        "TOR_PT_OUTBOUND_BIND_ADDRESS_V6=[2001:db8::1]\n", "TOR_PT_OUTBOUND_BIND_ADDRESS_V6=[::ffff:192.0.2.1]\n", "PATH=/bin\n",
        "SS_LOCAL_PORT=1\n", "tor_pt_proxy=x\n", ",", "*", "a-b", "\n", "=", "-", "[", "]", ":0", "\xc3\xa9",
    ];

    internal override string Run(byte[] input)
    {
        Dictionary<string, string> variables = [];
        foreach (string line in Text.Of(input.AsSpan(Math.Min(1, input.Length))).Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                variables[line[..equals]] = line[(equals + 1)..];
            }
        }

        PtRole? role = input.Length == 0 ? null : s_roles[input[0] % s_roles.Length];
        switch (PtEnvironment.Read(variables, role))
        {
            case PtEnvironment.NotManaged:
                Check.That(role is null, "with a role that is forced we are managed");
                return "not managed";
            case PtEnvironment.Refused refused:
                return Refusal(refused.Message);
            case PtEnvironment.Client client:
                return Client(client.Environment, variables);
            case PtEnvironment.Server server:
                return Server(server.Environment, variables);
            default:
                throw new InvariantException("an environment of a new kind");
        }
    }

    private static string Refusal(PtMessage message)
    {
        Check.That(message is EnvErrorMessage or VersionErrorMessage or ProxyErrorMessage, "a refusal is one of three lines");
        string line = message.Format();
        Check.OneLine(line, "a refusal");
        Check.Equal(message, PtMessage.Parse(line), "a refusal as tor reads it");
        return Behaviour.Words(line);
    }

    private static string Client(ClientEnvironment read, Dictionary<string, string> inherited)
    {
        ClientEnvironment handed = read with { Transports = Names(read.Transports) };
        Dictionary<string, string> variables = ChildEnvironment.ForClient(inherited, handed);
        CheckNoLeak(variables, inherited);

        // The proxy's credentials are percent-encoded for the child, which we ourselves would take literally (E23).
        ClientEnvironment withoutProxy = handed with { Proxy = null };
        variables = ChildEnvironment.ForClient(inherited, withoutProxy);
        if (handed.Transports.Count > 0 && read.StateLocation?.Length > 0)
        {
            PtEnvironment again = PtEnvironment.Read(variables, forcedRole: null);
            Check.That(again is PtEnvironment.Client, $"a child can read what it is handed: {Words(again)}");
            CheckSame(variables, ChildEnvironment.ForClient(inherited, ((PtEnvironment.Client)again).Environment));
        }

        return Behaviour.Of(
            "client", read.Transports.Count, read.ExitOnStdinClose, read.Proxy?.Scheme, read.OutboundBindAddressV4 is null,
            read.OutboundBindAddressV6 is null);
    }

    private static string Server(ServerEnvironment read, Dictionary<string, string> inherited)
    {
        ServerEnvironment handed = read with { Transports = Names(read.Transports) };
        Dictionary<string, string> variables = ChildEnvironment.ForServer(inherited, handed);
        CheckNoLeak(variables, inherited);
        if (handed.Transports.Count > 0 && read.StateLocation?.Length > 0)
        {
            PtEnvironment again = PtEnvironment.Read(variables, forcedRole: null);
            Check.That(again is PtEnvironment.Server, $"a child can read what it is handed: {Words(again)}");
            CheckSame(variables, ChildEnvironment.ForServer(inherited, ((PtEnvironment.Server)again).Environment));
        }

        return Behaviour.Of(
            "server", read.Transports.Count, read.Options.Count, read.OrPort is null, read.ExtendedServerPort is null,
            read.AuthCookieFile is null, read.OutboundBindAddressV6 is null);
    }

    private static string[] Names(IReadOnlyList<string> transports) => [.. transports.Where(name => TransportName.IsValid(name))];

    private static string Words(PtEnvironment environment) =>
        environment is PtEnvironment.Refused refused ? refused.Message.Format() : environment.GetType().Name;

    private static void CheckNoLeak(Dictionary<string, string> child, Dictionary<string, string> inherited)
    {
        foreach (string name in inherited.Keys)
        {
            bool ours = s_prefixes.Exists(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
            Check.That(
                !ours || !child.ContainsKey(name) || name.StartsWith("TOR_PT_", StringComparison.Ordinal),
                "nothing of our parent leaks");
            Check.That(ours || child[name] == inherited[name], "the rest is handed on");
        }
    }

    private static void CheckSame(Dictionary<string, string> first, Dictionary<string, string> second) =>
        Check.That(
            first.Count == second.Count && first.All(pair => second.GetValueOrDefault(pair.Key) == pair.Value),
            "a child reads what it is handed as the same");
}
