namespace Plait.Wire.Tests.Pt.Environments;

public sealed class PtEnvironmentTests
{
    private const string Client = "TOR_PT_CLIENT_TRANSPORTS=a,b TOR_PT_MANAGED_TRANSPORT_VER=1 TOR_PT_STATE_LOCATION=/s";

    private const string Server =
        "TOR_PT_SERVER_TRANSPORTS=a,b TOR_PT_MANAGED_TRANSPORT_VER=1 TOR_PT_STATE_LOCATION=/s TOR_PT_ORPORT=127.0.0.1:9001";

    [Fact] // V3: the variables that tor writes for a torrc
    public void Read_V3_EveryVariable()
    {
        ServerEnvironment environment = ReadServer(
            """
            TOR_PT_SERVER_TRANSPORTS=t1,t2,t3,t4
            TOR_PT_SERVER_BINDADDR=t1-0.0.0.0:25612,t2-0.0.0.0:0,t3-[::]:444,t4-0.0.0.0:0
            TOR_PT_SERVER_TRANSPORT_OPTIONS=t1:a=b\;c;t1:d=e\:f;t1:g=h\\i;t1:j=k=l;t3:q=1
            TOR_PT_ORPORT=127.0.0.1:45375
            TOR_PT_EXTENDED_SERVER_PORT=127.0.0.1:36489
            TOR_PT_AUTH_COOKIE_FILE=/var/lib/tor/extended_orport_auth_cookie
            TOR_PT_EXIT_ON_STDIN_CLOSE=1
            TOR_PT_MANAGED_TRANSPORT_VER=1
            TOR_PT_STATE_LOCATION=/var/lib/tor/pt_state/
            """);

        Assert.Equal(["t1", "t2", "t3", "t4"], environment.Transports);
        Assert.Equal(
            ["t1-0.0.0.0:25612", "t2-0.0.0.0:0", "t3-[::]:444", "t4-0.0.0.0:0"],
            environment.BindAddresses.Select(pair => $"{pair.Key}-{AddressText.Format(pair.Value)}"));
        Assert.Equal("b;c", environment.Options["t1"].First("a"));
        Assert.Equal("e:f", environment.Options["t1"].First("d"));
        Assert.Equal(@"h\i", environment.Options["t1"].First("g"));
        Assert.Equal("k=l", environment.Options["t1"].First("j"));
        Assert.Equal(new PtArguments([new("q", "1")]), environment.Options["t3"]);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 45375), environment.OrPort);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 36489), environment.ExtendedServerPort);
        Assert.Equal("/var/lib/tor/extended_orport_auth_cookie", environment.AuthCookieFile);
        Assert.True(environment.ExitOnStdinClose);
        Assert.Equal("/var/lib/tor/pt_state/", environment.StateLocation);
    }

    [Fact]
    public void Read_Client_EveryVariable()
    {
        ClientEnvironment environment = ReadClient(
            Client + " TOR_PT_PROXY=socks5://127.0.0.1:1080 TOR_PT_EXIT_ON_STDIN_CLOSE=0" +
            " TOR_PT_OUTBOUND_BIND_ADDRESS_V4=192.0.2.1 TOR_PT_OUTBOUND_BIND_ADDRESS_V6=[2001:db8::1]");
        Assert.Equal(["a", "b"], environment.Transports);
        Assert.Equal(ProxyScheme.Socks5, environment.Proxy?.Scheme);
        Assert.False(environment.ExitOnStdinClose);
        Assert.Equal(IPAddress.Parse("192.0.2.1"), environment.OutboundBindAddressV4);
        Assert.Equal(IPAddress.Parse("2001:db8::1"), environment.OutboundBindAddressV6);
    }

    [Theory] // E3, E4, E5
    [InlineData("")]
    [InlineData("TOR_PT_MANAGED_TRANSPORT_VER=1 TOR_PT_CLIENT_TRANSPORTS= TOR_PT_SERVER_TRANSPORTS=")]
    public void Read_NoRole_NotManaged(string variables) =>
        Assert.IsType<PtEnvironment.NotManaged>(PtEnvironment.Read(Variables(variables), null));

    [Fact] // E4: both roles, and the switch that decides (E1)
    public void Read_BothRoles_RefusedUnlessForced()
    {
        string both = Server + " TOR_PT_CLIENT_TRANSPORTS=c";
        string text = Assert.IsType<EnvErrorMessage>(Refusal(both)).Text;
        Assert.Contains("TOR_PT_CLIENT_TRANSPORTS", text, StringComparison.Ordinal);
        Assert.Contains("TOR_PT_SERVER_TRANSPORTS", text, StringComparison.Ordinal);
        Assert.Contains("--role", text, StringComparison.Ordinal);
        Assert.IsType<PtEnvironment.Server>(PtEnvironment.Read(Variables(both), PtRole.Server));
        Assert.IsType<PtEnvironment.Client>(PtEnvironment.Read(Variables(both), PtRole.Client));
    }

    [Fact]
    public void Read_ForcedRoleWithoutTransports_EnvError() =>
        Assert.Equal("ENV-ERROR no TOR_PT_CLIENT_TRANSPORTS environment variable", Refusal(Server, PtRole.Client).Format());

    [Theory] // V14, good
    [InlineData("1")]
    [InlineData("1,1")]
    [InlineData("1,2")]
    [InlineData("2,1")]
    [InlineData("2,1,x")]
    public void Read_V14Good_Accepted(string versions) =>
        ReadClient(Client.Replace("_VER=1", "_VER=" + versions, StringComparison.Ordinal));

    [Theory] // V14, bad
    [InlineData("", "ENV-ERROR no TOR_PT_MANAGED_TRANSPORT_VER environment variable")]
    [InlineData("2", "VERSION-ERROR no-version")]
    [InlineData("2,3", "VERSION-ERROR no-version")]
    [InlineData("11", "VERSION-ERROR no-version")]
    [InlineData("1.0", "VERSION-ERROR no-version")]
    public void Read_V14Bad_Refused(string versions, string line) =>
        Assert.Equal(line, Refusal(Client.Replace("_VER=1", "_VER=" + versions, StringComparison.Ordinal)).Format());

    [Fact] // The role comes before the version, the version before the rest
    public void Read_SeveralFaults_FirstInOrderReported()
    {
        string broken = Client.Replace("_VER=1", "_VER=2", StringComparison.Ordinal) + " TOR_PT_OUTBOUND_BIND_ADDRESS_V4=x";
        Assert.IsType<VersionErrorMessage>(Refusal(broken));
        Assert.IsType<EnvErrorMessage>(Refusal(broken + " TOR_PT_SERVER_TRANSPORTS=a"));
        Assert.IsType<EnvErrorMessage>(Refusal(Client + " TOR_PT_PROXY=bogus TOR_PT_OUTBOUND_BIND_ADDRESS_V4=x"));
    }

    [Theory] // E8, E10, E13, E16, E27, E28, E30, E34, E37
    [InlineData(Client, "TOR_PT_STATE_LOCATION=", "no TOR_PT_STATE_LOCATION environment variable")]
    [InlineData(Client, "TOR_PT_CLIENT_TRANSPORTS=,", "TOR_PT_CLIENT_TRANSPORTS names no transport: expected names separated by commas")]
    [InlineData(Client, "TOR_PT_OUTBOUND_BIND_ADDRESS_V4=::1", "TOR_PT_OUTBOUND_BIND_ADDRESS_V4 is not an address: expected an IPv4 address")]
    [InlineData(Client, "TOR_PT_OUTBOUND_BIND_ADDRESS_V6=1.2.3.4", "TOR_PT_OUTBOUND_BIND_ADDRESS_V6 is not an address: expected an IPv6 address in brackets")]
    [InlineData(Server, "TOR_PT_SERVER_BINDADDR=alpha", "TOR_PT_SERVER_BINDADDR: entry 1 is wrong: expected name-ip:port")]
    [InlineData(Server, "TOR_PT_SERVER_BINDADDR=alpha-1.2.3.4", "TOR_PT_SERVER_BINDADDR: entry 1 is wrong: expected name-ip:port")]
    [InlineData(Server, "TOR_PT_SERVER_BINDADDR=a-127.0.0.1:1,-127.0.0.1:1", "TOR_PT_SERVER_BINDADDR: entry 2 is wrong: expected name-ip:port")]
    [InlineData(Server, "TOR_PT_SERVER_BINDADDR=a-localhost:1", "TOR_PT_SERVER_BINDADDR: entry 1 is wrong: expected name-ip:port")]
    [InlineData(Server, "TOR_PT_SERVER_BINDADDR=alpha-0.0.0.0:1234,alpha-[::]:1234", "TOR_PT_SERVER_BINDADDR: entry 2 names a transport for the second time")]
    [InlineData(Server, "TOR_PT_SERVER_TRANSPORT_OPTIONS=t:k=v;", "TOR_PT_SERVER_TRANSPORT_OPTIONS: option 2 does not begin with a transport name: write name:key=value")]
    [InlineData(Server, "TOR_PT_ORPORT=localhost:1", "TOR_PT_ORPORT is not an address: expected ip:port with a port from 1 to 65535")]
    [InlineData(Server, "TOR_PT_ORPORT=", "need TOR_PT_ORPORT or TOR_PT_EXTENDED_SERVER_PORT environment variable")]
    [InlineData(Server, "TOR_PT_EXTENDED_SERVER_PORT=127.0.0.1:1", "need TOR_PT_AUTH_COOKIE_FILE environment variable with TOR_PT_EXTENDED_SERVER_PORT")]
    [InlineData(Server, "TOR_PT_EXTENDED_SERVER_PORT=127.0.0.1:0", "TOR_PT_EXTENDED_SERVER_PORT is not an address: expected ip:port with a port from 1 to 65535")]
    public void Read_BadValue_EnvErrorNamesTheVariable(string good, string bad, string text) =>
        Assert.Equal("ENV-ERROR " + text, Refusal($"{good} {bad}").Format());

    [Fact] // E23b
    public void Read_BadProxy_ProxyError()
    {
        var refusal = Assert.IsType<ProxyErrorMessage>(Refusal(Client + " TOR_PT_PROXY=socks5h://user:hunter2@127.0.0.1:1"));
        Assert.DoesNotContain("hunter2", refusal.Format(), StringComparison.Ordinal);
    }

    [Fact] // E22: a stale variable of the other role is ignored (E1)
    public void Read_ServerWithProxy_Ignored() => ReadServer(Server + " TOR_PT_PROXY=bogus");

    [Theory] // E13
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("true", false)]
    [InlineData("1 ", false)]
    [InlineData("", false)]
    public void Read_ExitOnStdinClose_OnlyExactlyOne(string value, bool expected)
    {
        Dictionary<string, string> variables = Variables(Client);
        variables["TOR_PT_EXIT_ON_STDIN_CLOSE"] = value;
        Assert.Equal(expected, Assert.IsType<PtEnvironment.Client>(PtEnvironment.Read(variables, null)).Environment.ExitOnStdinClose);
    }

    [Fact] // E19, E21: unknown names stay for the caller to ignore; each counts once (M29)
    public void Read_OddNames_KeptOnce() =>
        Assert.Equal(["a", "*", "b"], ReadClient(Client.Replace("=a,b", "=a,*,,b,a", StringComparison.Ordinal)).Transports);

    [Theory] // E28, E30, E31
    [InlineData("", "a-0.0.0.0:0,b-0.0.0.0:0")]
    [InlineData("b-1:2::3:4:9999", "a-0.0.0.0:0,b-[1:2::3:4]:9999")]
    [InlineData("other-127.0.0.1:5,a-127.0.0.1:0", "a-127.0.0.1:0,b-0.0.0.0:0")]
    public void Read_BindAddresses_OnePerTransport(string value, string expected)
    {
        ServerEnvironment environment = ReadServer($"{Server} TOR_PT_SERVER_BINDADDR={value}");
        Assert.Equal(expected, string.Join(',', environment.BindAddresses.Select(pair => $"{pair.Key}-{AddressText.Format(pair.Value)}")));
    }

    [Theory] // E16; found by eng/fuzz environment: a child got [192.0.2.1] as its IPv6 address, which no child can read
    [InlineData("TOR_PT_OUTBOUND_BIND_ADDRESS_V6=[::ffff:192.0.2.1]")]
    [InlineData("TOR_PT_OUTBOUND_BIND_ADDRESS_V4=::ffff:192.0.2.1")]
    public void Read_MappedBindAddress_Refused(string variable) =>
        Assert.StartsWith("ENV-ERROR TOR_PT_OUTBOUND_BIND_ADDRESS_", Refusal($"{Client} {variable}").Format(), StringComparison.Ordinal);

    [Fact] // E35, E40: an empty extended port is none
    public void Read_EmptyExtendedPort_None()
    {
        ServerEnvironment environment = ReadServer(Server + " TOR_PT_EXTENDED_SERVER_PORT= TOR_PT_AUTH_COOKIE_FILE=");
        Assert.Null(environment.ExtendedServerPort);
        Assert.Null(environment.AuthCookieFile);
    }

    [Fact]
    public void ToString_Addresses_NeverShown() // G5
    {
        string client = ReadClient(Client + " TOR_PT_OUTBOUND_BIND_ADDRESS_V4=192.0.2.1 TOR_PT_PROXY=http://127.0.0.1:1").ToString();
        Assert.Equal("client of a,b", client);
        Assert.Equal("server of a,b", ReadServer(Server).ToString());
    }

    [Fact]
    public void Read_AnyValues_NeverThrows()
    {
        string[] names = [.. Variables(Server + " " + Client).Keys, "TOR_PT_PROXY", "TOR_PT_SERVER_BINDADDR", "TOR_PT_SERVER_TRANSPORT_OPTIONS"];
        var gen = FsCheck.Fluent.Gen.ArrayOf(Generators.Text, names.Length);
        Generators.ForAll(gen, values =>
        {
            Dictionary<string, string> variables = names.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second);
            variables["TOR_PT_MANAGED_TRANSPORT_VER"] = "1";
            return PtEnvironment.Read(variables, PtRole.Server) is not PtEnvironment.Client
                && PtEnvironment.Read(variables, PtRole.Client) is not PtEnvironment.Server;
        });
    }

    private static ClientEnvironment ReadClient(string variables) =>
        Assert.IsType<PtEnvironment.Client>(PtEnvironment.Read(Variables(variables), null)).Environment;

    private static ServerEnvironment ReadServer(string variables) =>
        Assert.IsType<PtEnvironment.Server>(PtEnvironment.Read(Variables(variables), null)).Environment;

    private static PtMessage Refusal(string variables, PtRole? role = null) =>
        Assert.IsType<PtEnvironment.Refused>(PtEnvironment.Read(Variables(variables), role)).Message;

    // The last of two settings of one variable counts.
    private static Dictionary<string, string> Variables(string text)
    {
        Dictionary<string, string> variables = [];
        foreach (string item in text.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = item.Split('=', 2);
            variables[pair[0]] = pair[1];
        }

        return variables;
    }
}
