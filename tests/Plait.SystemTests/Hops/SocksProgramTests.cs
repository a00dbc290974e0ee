using System.Net;
using System.Net.Sockets;
using Plait.Hosting;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Hops;

/// <summary>Programs that open a SOCKS port and know nothing of pluggable transports, started by Plait.</summary>
public sealed class SocksProgramTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_MicroSocksAloneAndInAChain_CarriesBytes()
    {
        await using EchoServer echo = EchoServer.Start();
        await using ClientHost client = await ClientAsync($"ClientTransportPlugin bare socks5 exec {HopKind.MicroSocks}", "bare", "bare_b64");

        await AssertEchoAsync(client, "bare", echo.EndPoint);
        await AssertEchoAsync(client, "bare", new DnsEndPoint("localhost", echo.EndPoint.Port));
        Assert.Single(client.Processes); // one for both chains
    }

    [Fact]
    public async Task Open_Dante_ReadsItsConfigurationFromATemplate()
    {
        string configuration = _folder.Write("danted.conf", "");
        string script = _folder.WriteScript("start-danted",
            $$"""
            printf 'logoutput: stderr\ninternal: %s port = %s\nexternal: lo\nsocksmethod: none\nclient pass { from: 0/0 to: 0/0 }\nsocks pass { from: 0/0 to: 0/0 }\n' "$1" "$2" > {{configuration}}
            exec {{Programs.Require("danted")}} -f {{configuration}}
            """);
        await using EchoServer echo = EchoServer.Start();
        await using ClientHost client = await ClientAsync($"ClientTransportPlugin bare socks5 exec {script} {{listen-host}} {{listen-port}}", "bare");

        await AssertEchoAsync(client, "bare", echo.EndPoint);
    }

    /// <summary>Shadowsocks as it is: its own server at the other end, which connects to the target.</summary>
    [Fact]
    public async Task Open_ShadowsocksLocal_CarriesBytesThroughItsServer()
    {
        await using EchoServer echo = EchoServer.Start();
        int port = FreePorts.Take();
        await using RunningProgram server = RunningProgram.Start(
            Programs.Require("ss-server"), ["-s", "127.0.0.1", "-p", $"{port}", "-k", "a-password", "-m", "aes-256-gcm"]);
        await ListensAsync(port);
        await using ClientHost client = await ClientAsync(
            $"ClientTransportPlugin shadow socks5 exec {Programs.Require("ss-local")} -s {{arg:host}} -p {port} -b {{listen-host}} -l {{listen-port}} -k {{arg:key}} -m aes-256-gcm",
            "shadow");

        await AssertEchoAsync(client, "shadow", echo.EndPoint, "host=127.0.0.1", "key=a-password");
        await AssertEchoAsync(client, "shadow", echo.EndPoint, "host=127.0.0.1", "key=a-password", "other=x");
        Assert.Single(client.Processes); // an argument that its command line does not have needs no other process

        SocksRefusedException refused = await Assert.ThrowsAsync<SocksRefusedException>(() => OpenAsync(client, "shadow", echo.EndPoint, "host=127.0.0.1"));
        Assert.Equal(2, refused.Code); // not allowed: no retry helps
    }

    [Theory]
    [InlineData("credentials ", "k=v;l=w")]
    [InlineData("", "")]
    public async Task Open_Credentials_AreTheArgumentsIfTheLineSaysSo(string word, string expected)
    {
        await using EchoServer echo = EchoServer.Start();
        await using RunningSocks socks = RunningSocks.Start();
        string program = $"{Programs.Require("socat")} TCP-LISTEN:{{listen-port}},bind={{listen-host}},fork TCP:{socks.EndPoint}";
        await using ClientHost client = await ClientAsync($"ClientTransportPlugin bare socks5 {word}exec {program}", "bare");

        await AssertEchoAsync(client, "bare", echo.EndPoint, "k=v", "l=w");

        Assert.Equal(expected, Assert.Single(socks.Credentials));
    }

    private static async Task AssertEchoAsync(ClientHost client, string chain, EndPoint target, params string[] arguments)
    {
        using Socket socket = await OpenAsync(client, chain, target, arguments);
        await PtPair.AssertEchoAsync(socket, 50_000);
    }

    private static Task<Socket> OpenAsync(ClientHost client, string chain, EndPoint target, params string[] arguments) => SocksClient.ConnectAsync(
        Assert.IsType<ChainStart.Listening>(client.Chains.Single(start => start.Alias == chain)).EndPoint, target, arguments);

    private static Task ListensAsync(int port) => Deadline.PollAsync(
        () => System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port) ? "" : null,
        "the server listens");

    private Task<ClientHost> ClientAsync(string plaitrc, params string[] chains) =>
        Hosts.StartClientAsync(Hosts.Settings($"{plaitrc}\n{Plaitrc.Patient}\n"), _folder["state"], chains);
}
