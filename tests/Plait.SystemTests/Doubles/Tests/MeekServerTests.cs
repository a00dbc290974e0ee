using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Plait.SystemTests.Doubles.Tests;

/// <summary>The dummy transport as a meek server, against the real clients: obfs4proxy's and lyrebird's meek_lite.</summary>
public class MeekServerTests
{
    private const string Meek = "meek_lite";
    private const int Large = 2_000_000; // many answers of 64 KiB

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MeekLite_ManyAnswers_EveryByteInOrder(bool isLyrebird)
    {
        await using ExtOrPortDouble orPort = ExtOrPortDouble.Start();
        await using PtHost server = PtHost.StartServer(Programs.DummyTransport, ["--meek"], orPort, Meek);
        await using PtHost client = PtHost.StartClient(isLyrebird ? FieldPrograms.Lyrebird : Programs.Require("obfs4proxy"), [], Meek);
        IPEndPoint listening = await server.Method(Meek);

        using Socket socket = await SocksClient.ConnectAsync(await client.Method(Meek), listening, $"url=http://{listening}/");
        await PtPair.AssertEchoAsync(socket, Large);

        Assert.Equal(Meek, Assert.Single(orPort.Introductions).Transport);
    }

    [Fact]
    public async Task Sessions_OverConnectionsThatComeAndGo_KeepTheirStreams()
    {
        await using ExtOrPortDouble orPort = ExtOrPortDouble.Start();
        await using PtHost server = PtHost.StartServer(Programs.DummyTransport, ["--meek"], orPort, Meek);
        IPEndPoint listening = await server.Method(Meek);

        Assert.Contains("a happy little web server", await AskAsync(listening, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), StringComparison.Ordinal);
        string answers = "";
        foreach (string part in new[] { "one ", "two ", "three" })
        {
            answers += await PostAsync(listening, "session-a", part);
            answers += await PostAsync(listening, "session-b", "");
        }

        Assert.Equal("one two three", answers);
        Assert.Equal(2, orPort.Introductions.Count);
        await orPort.WaitForOpenAsync(2);

        orPort.ResetConnections();
        Assert.StartsWith("HTTP/1.1 500 ", await AskAsync(listening, Post("session-a", "four")), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 500 ", await AskAsync(listening, Post("session-a", "five")), StringComparison.Ordinal);
        Assert.Equal(2, orPort.Introductions.Count);
    }

    private static string Post(string session, string body) =>
        $"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\nX-Session-Id: {session}\r\n\r\n{body}";

    /// <summary>Posts until the whole echo is there, each request over a connection of its own.</summary>
    private static async Task<string> PostAsync(IPEndPoint server, string session, string body)
    {
        string echo = "";
        string next = body;
        do
        {
            string answer = await AskAsync(server, Post(session, next));
            Assert.StartsWith("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n", answer, StringComparison.Ordinal);
            echo += answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
            next = "";
        }
        while (echo.Length < body.Length);
        return echo;
    }

    private static async Task<string> AskAsync(IPEndPoint server, string request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server);
        await socket.WriteAllAsync(Encoding.ASCII.GetBytes(request));
        socket.Shutdown(SocketShutdown.Send);
        return Encoding.UTF8.GetString(await socket.ReadToEndAsync().Within("an answer"));
    }
}
