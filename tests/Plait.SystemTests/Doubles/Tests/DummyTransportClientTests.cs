using System.Net;
using System.Net.Sockets;

namespace Plait.SystemTests.Doubles.Tests;

/// <summary>The client flags of the dummy transport.</summary>
public class DummyTransportClientTests
{
    [Fact]
    public async Task ShowArguments_Connection_NamesThemAndTheTarget()
    {
        await using EchoServer echo = EchoServer.Start();
        await using PtHost client = Client("--show-arguments");
        string text = new('v', 400);

        using Socket socket = await SocksClient.ConnectAsync(await client.Method("dummy"), echo.EndPoint, "a=b;c", $"k={text}");

        await PtPair.AssertEchoAsync(socket);
        await client.Program.ErrorLines.WaitForAsync(
            line => line == $@"arguments dummy {echo.EndPoint} a=b\;c;k={text}", "the arguments on stderr");
    }

    [Theory]
    [InlineData("a=b;c", 0)] // tor escapes it
    [InlineData("nothing", SocksRefusedException.Arguments)]
    public async Task Arguments_ThatDoNotParse_AreRefused(string argument, int code)
    {
        await using EchoServer echo = EchoServer.Start();
        await using PtHost client = Client();
        IPEndPoint server = await client.Method("dummy");

        if (code == 0)
        {
            using Socket socket = await SocksClient.ConnectAsync(server, echo.EndPoint, argument);
            return;
        }

        var refused = await Assert.ThrowsAsync<SocksRefusedException>(
            () => SocksClient.ConnectAsync(server, echo.EndPoint, argument));
        Assert.Equal(code, refused.Code);
    }

    [Fact]
    public async Task Proxy_HostName_IsSeen()
    {
        await using EchoServer echo = EchoServer.Start();
        await using RecordingProxy proxy = RecordingProxy.Start("user", "secret");
        await using PtHost client = ClientBehind(proxy.Uri());
        await client.WaitForProxyDoneAsync();

        using Socket socket = await SocksClient.ConnectAsync(
            await client.Method("dummy"), new DnsEndPoint("localhost", echo.EndPoint.Port));

        await PtPair.AssertEchoAsync(socket);
        Assert.Equal(new ProxyRequest("socks5", $"localhost:{echo.EndPoint.Port}", "user"), Assert.Single(proxy.Requests));
    }

    [Fact]
    public async Task Proxy_WrongPassword_IsRejected()
    {
        await using RecordingProxy proxy = RecordingProxy.Start("user", "secret");
        await using PtHost client = ClientBehind(proxy.Uri().Replace("secret", "guess", StringComparison.Ordinal));

        await Assert.ThrowsAsync<SocksRefusedException>(async () =>
            await SocksClient.ConnectAsync(await client.Method("dummy"), proxy.EndPoint));

        await proxy.Rejected.WaitForCountAsync(1);
        Assert.Empty(proxy.Requests);
    }

    [Fact]
    public async Task Proxy_RefusesTheTarget_CodeComesThrough()
    {
        await using RecordingProxy proxy = RecordingProxy.Start();
        proxy.RefuseTargets = true;
        await using PtHost client = ClientBehind(proxy.Uri());

        var refused = await Assert.ThrowsAsync<SocksRefusedException>(async () =>
            await SocksClient.ConnectAsync(await client.Method("dummy"), proxy.EndPoint));

        Assert.Equal(2, refused.Code);
    }

    [Fact]
    public async Task ProxySilent_WithAProxy_DialsDirectly()
    {
        await using EchoServer echo = EchoServer.Start();
        await using RecordingProxy proxy = RecordingProxy.Start();
        await using PtHost client = PtHost.Start(new()
        {
            Program = Programs.DummyTransport,
            Arguments = ["--proxy-silent"],
            Names = ["dummy"],
            IsServer = false,
            Proxy = proxy.Uri(),
        });

        using Socket socket = await SocksClient.ConnectAsync(await client.Method("dummy"), echo.EndPoint);

        await PtPair.AssertEchoAsync(socket);
        Assert.Empty(proxy.Requests);
        Assert.DoesNotContain("PROXY DONE", client.Lines);
    }

    [Fact]
    public async Task Lazy_Connection_GrantsFirstAndDialsWithThePayload()
    {
        await using EchoServer echo = EchoServer.Start();
        await using PtHost client = Client("--lazy");
        using Socket socket = await SocksClient.ConnectAsync(await client.Method("dummy"), echo.EndPoint);
        Assert.Empty(echo.Accepted);

        await PtPair.AssertEchoAsync(socket);

        Assert.Single(echo.Accepted);
    }

    [Fact]
    public async Task EarlyGrant_TargetRefuses_GrantsAllTheSame()
    {
        using var closed = new ClosedPort();
        await using PtHost client = Client("--early-grant");

        using Socket socket = await SocksClient.ConnectAsync(await client.Method("dummy"), closed.EndPoint);

        Assert.Empty(await socket.ReadToEndAsync().Within("the end"));
    }

    [Fact]
    public async Task NoFlags_TargetRefuses_RefusesWithFive()
    {
        using var closed = new ClosedPort();
        await using PtHost client = Client();

        var refused = await Assert.ThrowsAsync<SocksRefusedException>(async () =>
            await SocksClient.ConnectAsync(await client.Method("dummy"), closed.EndPoint));

        Assert.Equal(5, refused.Code);
    }

    [Fact]
    public async Task Refuse_Connection_AnswersTheCodeAndDialsNothing()
    {
        await using EchoServer echo = EchoServer.Start();
        await using PtHost client = Client("--refuse", "4");

        var refused = await Assert.ThrowsAsync<SocksRefusedException>(async () =>
            await SocksClient.ConnectAsync(await client.Method("dummy"), echo.EndPoint));

        Assert.Equal(4, refused.Code);
        Assert.Empty(echo.Accepted);
    }

    [Fact]
    public async Task NeverReply_Connection_DialsAndIsSilent()
    {
        await using EchoServer echo = EchoServer.Start();
        await using PtHost client = Client("--never-reply");

        Task<Socket> opening = SocksClient.ConnectAsync(await client.Method("dummy"), echo.EndPoint);
        await echo.Accepted.WaitForCountAsync(1);

        Assert.False(opening.IsCompleted);
        client.Program.Kill();
        await Assert.ThrowsAnyAsync<Exception>(() => opening);
    }

    [Fact]
    public async Task Dial_LeakAndTwoDials_ReachWhatTheySay()
    {
        await using EchoServer target = EchoServer.Start();
        await using EchoServer fixedTarget = EchoServer.Start();
        await using EchoServer leak = EchoServer.Start();
        await using PtHost client = Client("--dial", $"{fixedTarget.EndPoint}", "--leak", $"{leak.EndPoint}", "--two-dials");

        using Socket socket = await SocksClient.ConnectAsync(await client.Method("dummy"), target.EndPoint);

        await PtPair.AssertEchoAsync(socket);
        await fixedTarget.Accepted.WaitForCountAsync(1);
        await leak.Accepted.WaitForCountAsync(1);
        await target.Accepted.WaitForCountAsync(1);
    }

    [Fact]
    public async Task NoFlags_TargetResets_StaysAReset()
    {
        await using EchoServer echo = EchoServer.Start();
        await using PtHost client = Client();
        using Socket socket = await SocksClient.ConnectAsync(await client.Method("dummy"), echo.EndPoint);
        await PtPair.AssertEchoAsync(socket);

        echo.ResetConnections();

        var reset = await Assert.ThrowsAsync<SocketException>(() => socket.ReadToEndAsync().Within("the reset"));
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    [Fact]
    public async Task Socks4_Connection_IsReportedAndSpoken()
    {
        await using EchoServer echo = EchoServer.Start();
        await using PtHost client = Client("--socks4");
        IPEndPoint server = await client.Method("dummy");
        Assert.Contains($"CMETHOD dummy socks4 {server}", client.Lines);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server);

        int port = echo.EndPoint.Port;
        byte[] request = [4, 1, (byte)(port >> 8), (byte)port, 127, 0, 0, 1, .. "a=b"u8, 0];
        await socket.WriteAllAsync(request);

        Assert.Equal([0, 90, 0, 0, 0, 0, 0, 0], await socket.ReadExactlyAsync(8).Within("the grant"));
        await PtPair.AssertEchoAsync(socket);
    }

    private static PtHost Client(params string[] flags) => PtHost.StartClient(Programs.DummyTransport, flags, "dummy");

    private static PtHost ClientBehind(string proxy) =>
        PtHost.Start(new() { Program = Programs.DummyTransport, Names = ["dummy"], IsServer = false, Proxy = proxy });
}
