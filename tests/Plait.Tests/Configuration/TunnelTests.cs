using System.Net;
using Plait.Configuration;
using Plait.Wire.ProxyProtocol;
using Xunit;
using static Plait.Tests.Configuration.ConfigurationAssert;

namespace Plait.Tests.Configuration;

/// <summary><c>Tunnel</c> lines: what they mean, and what is wrong with them.</summary>
public class TunnelTests
{
    private const string Plugins = """
        ClientTransportPlugin obfs3,obfs4 exec /pt
        ServerTransportPlugin obfs3,obfs4 exec /pt

        """;

    [Fact]
    public void Connect_WithABridgeLine_TakesChainAddressAndArgumentsFromIt()
    {
        var near = (TunnelDefinition.Near)Assert.Single(ParsesCleanly(Plugins + """
            Tunnel vpn connect --bridge "Bridge obfs3_obfs4 192.0.2.4:443 x-chain-1-cert=abc iat-mode=0" --listen 127.0.0.1:5000
            """).Tunnels);

        Assert.Equal("obfs3_obfs4", near.Chain);
        Assert.Equal(IPEndPoint.Parse("192.0.2.4:443"), near.Targets[0]);
        Assert.Equal([new("x-chain-1-cert", "abc"), new("iat-mode", "0")], near.Arguments);
        Assert.Equal(new WrittenPlace.Tcp(IPEndPoint.Parse("127.0.0.1:5000")), near.Place);
    }

    [Fact]
    public void Connect_WithAChain_GivesArgumentsToTheirHops()
    {
        var near = (TunnelDefinition.Near)Assert.Single(ParsesCleanly(Plugins + """
            Tunnel vpn connect --chain obfs3|obfs4 --to far.example:443 --arg 1:cert=a=b --arg iat-mode=1 --listen unix:/run/vpn --service ssh --proxy socks5://127.0.0.1:9 --bind 192.0.2.1 --bind 2001:db8::1
            """).Tunnels);

        Assert.Equal(new DnsEndPoint("far.example", 443), near.Targets[0]);
        Assert.Equal([new("x-chain-1-cert", "a=b"), new("iat-mode", "1")], near.Arguments);
        Assert.Equal(new WrittenPlace.Unix("/run/vpn"), near.Place);
        Assert.Equal("ssh", near.Service);
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:9"), near.Proxy?.Address);
        Assert.Equal((IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")), (near.BindV4, near.BindV6));
    }

    [Fact]
    public void Serve_WithNamedServices_HasThemAll()
    {
        var far = (TunnelDefinition.Far)Assert.Single(ParsesCleanly(Plugins + """
            Tunnel web serve --chain obfs4 --listen systemd:web --forward ssh=127.0.0.1:22 --forward web=unix:/run/web --option 0:iat-mode=1 --proxy-protocol 2 --address [2001:db8::4]:443
            """).Tunnels);

        Assert.Equal([new("ssh", IPEndPoint.Parse("127.0.0.1:22"), null), new("web", null, "/run/web")], far.Services);
        Assert.Equal(new WrittenPlace.Activated("web"), far.Place);
        Assert.Equal([new("x-chain-0-iat-mode", "1")], far.Options);
        Assert.Equal(ProxyHeaderVersion.V2, far.Header);
        Assert.Equal(IPEndPoint.Parse("[2001:db8::4]:443"), far.PublicAddress);
    }

    [Theory]
    [InlineData("Tunnel vpn", "takes a name and an end")]
    [InlineData("Tunnel 1 connect", "cannot be the name of a tunnel")]
    [InlineData("Tunnel vpn connect --brigde x", "\"brigde\" is no option of connect. Did you mean --bridge?")]
    [InlineData("Tunnel vpn connect --forward x", "is no option of connect")]
    [InlineData("Tunnel vpn connect --listen", "--listen has no value")]
    [InlineData("Tunnel vpn connect --listen 127.0.0.1:1 --listen 127.0.0.1:2", "--listen stands twice")]
    [InlineData("Tunnel obfs3 connect --chain obfs4 --to 192.0.2.4:443 --listen -", "has the name of a transport or chain")]
    [InlineData("Tunnel vpn connect --chain obfs4|nix --to 192.0.2.4:443 --listen -", "needs \"nix\", which is not declared for a client")]
    [InlineData("Tunnel vpn serve --chain nix --listen 0.0.0.0:443 --forward 127.0.0.1:1", "\"nix\"")]
    public void Line_ThatIsWrong_IsOneProblem(string line, string part) =>
        Assert.Contains(part, OneProblem(Plugins + line), StringComparison.Ordinal);

    [Fact]
    public void Name_OfTwoTunnels_IsAProblem() => Assert.Contains("stands in rc:3 already", OneProblem(Plugins + """
        Tunnel vpn connect --chain obfs4 --to 192.0.2.4:443 --listen -
        Tunnel vpn serve --chain obfs4 --listen 0.0.0.0:443 --forward 127.0.0.1:1
        """), StringComparison.Ordinal);

    [Fact]
    public void ClientTable_OfTwoTunnels_IsAProblem()
    {
        const string one = "Tunnel one serve --chain obfs4 --listen 0.0.0.0:443 --forward 127.0.0.1:1 --client-table /run/clients\n";
        const string two = "Tunnel two serve --chain obfs4 --listen 0.0.0.0:444 --forward 127.0.0.1:1 --client-table /run/clients";

        string problem = OneProblem(Plugins + one + two);

        Assert.Contains("rc:4", problem, StringComparison.Ordinal);
        Assert.Contains("\"two\": --client-table names the file of the tunnel in rc:3", problem, StringComparison.Ordinal);
        Assert.Equal(2, ParsesCleanly(Plugins + one + two + "2").Tunnels.Count);
    }
}
