using FsCheck.Fluent;

namespace Plait.Wire.Tests.Pt.Environments;

public sealed class ChildEnvironmentTests
{
    private static readonly Dictionary<string, string> s_ours = new()
    {
        ["PATH"] = "/bin",
        ["HOME"] = "/root",
        ["TOR_PT_PROXY"] = "http://127.0.0.1:1",
        ["TOR_PT_SERVER_TRANSPORTS"] = "stale",
        ["Tor_Pt_Orport"] = "stale",
        ["SS_REMOTE_HOST"] = "stale",
    };

    private static readonly IPEndPoint s_port = new(IPAddress.Loopback, 1234);

    [Fact] // E2, E9: variables of our own parent are left out, and PATH is kept
    public void ForClient_LeastSettings_Golden() => Equal(
        ChildEnvironment.ForClient(s_ours, new ClientEnvironment { Transports = ["obfs4"] }),
        "HOME=/root", "PATH=/bin", "TOR_PT_CLIENT_TRANSPORTS=obfs4", "TOR_PT_MANAGED_TRANSPORT_VER=1");

    [Fact] // E13, E16, E18, E23
    public void ForClient_EverySetting_Golden() => Equal(
        ChildEnvironment.ForClient(new Dictionary<string, string>(), new ClientEnvironment
        {
            Transports = ["obfs4", "obfs3"],
            StateLocation = "/state/x",
            ExitOnStdinClose = true,
            Proxy = new(ProxyScheme.Socks5, s_port, "us:er", "p@ss/w"),
            OutboundBindAddressV4 = IPAddress.Parse("192.0.2.1"),
            OutboundBindAddressV6 = IPAddress.Parse("2001:db8::1"),
        }),
        "TOR_PT_CLIENT_TRANSPORTS=obfs4,obfs3",
        "TOR_PT_EXIT_ON_STDIN_CLOSE=1",
        "TOR_PT_MANAGED_TRANSPORT_VER=1",
        "TOR_PT_OUTBOUND_BIND_ADDRESS_V4=192.0.2.1",
        "TOR_PT_OUTBOUND_BIND_ADDRESS_V6=[2001:db8::1]",
        "TOR_PT_PROXY=socks5://us%3Aer:p%40ss%2Fw@127.0.0.1:1234",
        "TOR_PT_STATE_LOCATION=/state/x");

    [Fact] // E32, E35, E40: a child without ExtORPort
    public void ForServer_OrPort_ExtendedPortEmptyNotUnset() => Equal(
        ChildEnvironment.ForServer(new Dictionary<string, string>(), new ServerEnvironment { Transports = ["a", "b"], OrPort = s_port }),
        "TOR_PT_EXTENDED_SERVER_PORT=",
        "TOR_PT_MANAGED_TRANSPORT_VER=1",
        "TOR_PT_ORPORT=127.0.0.1:1234",
        "TOR_PT_SERVER_BINDADDR=a-127.0.0.1:0,b-127.0.0.1:0",
        "TOR_PT_SERVER_TRANSPORTS=a,b");

    [Fact] // E26, E32, E40: a child with it
    public void ForServer_ExtendedPort_NoOrPort() => Equal(
        ChildEnvironment.ForServer(s_ours, new ServerEnvironment
        {
            Transports = ["a", "b"],
            BindAddresses = new Dictionary<string, IPEndPoint> { ["b"] = new(IPAddress.IPv6Any, 444) },
            Options = new Dictionary<string, PtArguments> { ["a"] = new([new("k", "v;:w")]) },
            ExtendedServerPort = s_port,
            AuthCookieFile = "/cookie",
        }),
        "HOME=/root",
        "PATH=/bin",
        "TOR_PT_AUTH_COOKIE_FILE=/cookie",
        "TOR_PT_EXTENDED_SERVER_PORT=127.0.0.1:1234",
        "TOR_PT_MANAGED_TRANSPORT_VER=1",
        "TOR_PT_SERVER_BINDADDR=a-127.0.0.1:0,b-[::]:444",
        "TOR_PT_SERVER_TRANSPORTS=a,b",
        @"TOR_PT_SERVER_TRANSPORT_OPTIONS=a:k=v\;\:w");

    [Fact]
    public void ForClient_WrongName_Throws() => Assert.Throws<ArgumentException>(
        () => ChildEnvironment.ForClient(s_ours, new ClientEnvironment { Transports = ["a,b"] }));

    [Fact]
    public void ForServer_ReadBack_Equal()
    {
        var gen =
            from port in Generators.UsableEndPoint
            from bind in Generators.EndPoint
            from options in Generators.Arguments
            select (port, bind, options);
        Generators.ForAll(gen, it =>
        {
            var written = new ServerEnvironment
            {
                Transports = ["a"],
                StateLocation = "/s",
                OrPort = it.port,
                BindAddresses = new Dictionary<string, IPEndPoint> { ["a"] = it.bind },
                Options = new Dictionary<string, PtArguments> { ["a"] = it.options },
            };
            ServerEnvironment read = Assert.IsType<PtEnvironment.Server>(
                PtEnvironment.Read(ChildEnvironment.ForServer(s_ours, written), null)).Environment;
            return AddressText.Format(read.OrPort!) == AddressText.Format(it.port)
                && AddressText.Format(read.BindAddresses["a"]) == AddressText.Format(it.bind)
                && read.Options.GetValueOrDefault("a", PtArguments.Empty).Equals(it.options);
        });
    }

    private static void Equal(Dictionary<string, string> variables, params string[] expected) =>
        Assert.Equal(expected, variables.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
}
