using System.Net.Sockets;
using System.Text;

namespace Plait.SystemTests.Doubles.Tests;

/// <summary>The server flags of the dummy transport, seen from both its sides.</summary>
public class DummyTransportServerTests
{
    [Fact]
    public async Task NoFlags_Connection_IsPassedOnWithTheExactAddress()
    {
        await using var pair = PtPair.Start(Programs.DummyTransport, "dummy");
        await using SourceAddressForwarder forwarder = SourceAddressForwarder.Start(await pair.Server.Method("dummy"));

        using Socket socket = await pair.OpenAsync(forwarder.EndPoint);

        await PtPair.AssertEchoAsync(socket, 300_000);
        string source = Assert.Single(forwarder.Connections).Source.ToString();
        Assert.Equal(new ExtOrPortIntroduction(source, "dummy", 0), Assert.Single(pair.OrPort.Introductions));
    }

    [Fact]
    public async Task Options_OfTor_ComeBackAsArguments()
    {
        await using ExtOrPortDouble port = ExtOrPortDouble.Start();
        await using PtHost server = PtHost.Start(new()
        {
            Program = Programs.DummyTransport,
            Names = ["a", "b"],
            IsServer = true,
            ExtendedOrPort = port,
            Options = @"a:x=1\;2;b:q=1;a:k=v=v,",
        });

        Assert.Equal(@"x=1;2,k=v\=v\,", (await server.MethodLine("a")).Arguments);
        Assert.Equal("q=1", (await server.MethodLine("b")).Arguments);
    }

    [Theory]
    [InlineData("--no-useraddr", null)]
    [InlineData("--fixed-useraddr 203.0.113.9:5678", "203.0.113.9:5678")]
    public async Task UserAddressFlags_Connection_ChangeOnlyTheAddress(string flags, string? expected)
    {
        await using var pair = PtPair.Start(Programs.DummyTransport, "dummy", server: flags.Split(' '));
        using Socket socket = await pair.OpenAsync();

        await PtPair.AssertEchoAsync(socket);

        Assert.Equal(new ExtOrPortIntroduction(expected, "dummy", 0), Assert.Single(pair.OrPort.Introductions));
    }

    [Theory]
    [InlineData("--wrong-hash", "a wrong ClientHash")]
    [InlineData("--early-bytes", "bytes after DONE")]
    public async Task Offence_Connection_IsEnded(string flag, string offence)
    {
        await using var pair = PtPair.Start(Programs.DummyTransport, "dummy", server: [flag]);
        using Socket socket = await pair.OpenAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => PtPair.AssertEchoAsync(socket));

        Assert.Equal(offence, await pair.OrPort.Offences.WaitForAsync(_ => true, offence));
        Assert.Empty(pair.OrPort.Introductions);
    }

    [Fact]
    public async Task UnknownCommands_Connection_AreSkipped()
    {
        await using var pair = PtPair.Start(Programs.DummyTransport, "dummy", server: ["--unknown-commands"]);
        using Socket socket = await pair.OpenAsync();

        await PtPair.AssertEchoAsync(socket);

        Assert.Equal(2, Assert.Single(pair.OrPort.Introductions).UnknownCommands);
    }

    [Fact]
    public async Task PlainOrPort_Connection_IsForwardedWithoutAWord()
    {
        await using EchoServer echo = EchoServer.Start();
        await using ExtOrPortDouble unused = ExtOrPortDouble.Start();
        await using PtHost server = PtHost.Start(new()
        {
            Program = Programs.DummyTransport,
            Arguments = ["--plain-orport"],
            Names = ["dummy"],
            IsServer = true,
            OrPort = echo.EndPoint,
            ExtendedOrPort = unused,
        });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(await server.Method("dummy"));

        await PtPair.AssertEchoAsync(socket);

        Assert.Single(echo.Accepted);
        Assert.Empty(unused.Introductions);
    }

    [Fact]
    public async Task DropHandshake_SecondConnection_IsClosed()
    {
        await using var pair = PtPair.Start(Programs.DummyTransport, "dummy", server: ["--drop-handshake", "2"]);
        using Socket first = await pair.OpenAsync();
        await PtPair.AssertEchoAsync(first);

        using Socket second = await pair.OpenAsync();

        Assert.Empty(await second.ReadToEndAsync().Within("the end of the dropped connection"));
        Assert.Single(pair.OrPort.Introductions);
    }

    [Fact]
    public async Task HangHandshake_SecondConnection_HangsAndLeavesTheOthersAlone()
    {
        await using var pair = PtPair.Start(Programs.DummyTransport, "dummy", server: ["--hang-handshake", "2"]);
        using Socket first = await pair.OpenAsync();
        using Socket hanging = await pair.OpenAsync();
        using Socket third = await pair.OpenAsync();

        await hanging.WriteAllAsync(new byte[10]);
        await PtPair.AssertEchoAsync(first);
        await PtPair.AssertEchoAsync(third);

        Assert.Equal(2, pair.OrPort.Introductions.Count);
        Assert.Equal(0, hanging.Available);
    }

    [Fact]
    public async Task SpeakFirst_Connection_ClientGetsItFirst()
    {
        await using var pair = PtPair.Start(
            Programs.DummyTransport, "dummy", client: ["--skip-first", "5"], server: ["--speak-first", "hello"]);
        using Socket socket = await pair.OpenAsync();
        await PtPair.AssertEchoAsync(socket);

        using var direct = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await direct.ConnectAsync(await pair.Server.Method("dummy"));

        Assert.Equal("hello", Encoding.UTF8.GetString(await direct.ReadExactlyAsync(5).Within("the first words")));
    }
}
