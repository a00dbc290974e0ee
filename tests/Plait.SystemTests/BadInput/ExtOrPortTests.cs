using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.BadInput;

/// <summary>Plait's own Extended ORPort, to which its children talk, and who else finds it.</summary>
public class ExtOrPortTests
{
    private const string Deny = "10010000";
    private const string Done = "00000000";

    /// <summary>A child that breaks the rules loses its connection; Plait and the other chain go on.</summary>
    [Theory]
    [InlineData("--wrong-hash", "the client does not know the cookie")]
    [InlineData("--early-bytes", "the client sent bytes after DONE")]
    public async Task Connect_ChildBreaksTheRules_IsTurnedAway(string flags, string reason)
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Server, $"Plugin bad exec DUMMY {flags}", ["bad"]);
        using Socket socket = await run.OpenAsync("bad");

        Assert.Equal("", await EndOf(socket));
        await run.LogAsync($"the port of Plait that dummy-transport connects to: a connection was turned away: {reason}");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Connect_ChildSendsUnknownCommands_IsTolerated()
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Server, "Plugin odd exec DUMMY --unknown-commands", ["odd"]);

        await run.AssertEchoesAsync("odd");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>What a stranger with the cookie may send after the handshake, and all that we answer.</summary>
    public static TheoryData<string, string> Frames => new()
    {
        { Done + "2a", "" },
        { Frame(0, "00ff") + "2a", "" },
        { Frame(1, Many("31", 65535)), "" },
        { Frame(2, Many("61", 65535)), "" },
        { Frame(1, "") + Done, Deny }, // an address that cannot be read is none
        { Frame(1, Hex("localhost:1")) + Done, Deny },
        { Frame(1, Hex("1.2.3.4:70000")) + Done, Deny },
        { Frame(1, Hex("1.2.3.4:1\0")) + Done, Deny },
        { Frame(2, "") + Done, "" },
        { Frame(2, Hex("1abc")) + Done, "" },
        { Frame(2, Hex("obfs4|ws")) + Done, "" },
        { Frame(2, Hex("a\0")) + Done, "" },
        { Frame(0x1000, "") + Frame(0x1001, "") + Frame(0xfff0, Many("00", 65535)) + Done, Deny },
        { Done, Deny },
        { Frame(1, Hex("203.0.113.9:5678")) + Frame(2, Hex("c")) + Done, Deny },
        { "00", "" },
        { Frame(1, Hex("203.0.113.9:5678"))[..12], "" },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public async Task Connect_StrangerWithTheCookie_GetsNowhere(string frames, string answer)
    {
        using var folder = new TestFolder();
        await using PlaitRun run = StartShown(folder);
        using Socket socket = await AuthenticateAsync(run, folder);

        await socket.WriteAllAsync(Convert.FromHexString(frames));
        socket.Shutdown(SocketShutdown.Send);

        Assert.Equal(answer, await EndOf(socket));
        Assert.Empty(run.Tor.Introductions);
        await run.AssertEchoesAsync("a_b");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [InlineData("02")] // another type than offered
    [InlineData("00")]
    [InlineData("474554202f")]
    [InlineData("01")] // a nonce that never comes whole
    public async Task Connect_StrangerWithoutTheCookie_GetsNowhere(string sent)
    {
        using var folder = new TestFolder();
        await using PlaitRun run = StartShown(folder);
        using Socket socket = await ConnectAsync(run, folder);
        Assert.Equal([1, 0], await socket.ReadExactlyAsync(2).Within("the types"));

        await socket.WriteAllAsync(Convert.FromHexString(sent));
        socket.Shutdown(SocketShutdown.Send);

        Assert.Equal("", await EndOf(socket));
        await run.AssertEchoesAsync("a_b");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Connect_WrongHash_IsRefused()
    {
        using var folder = new TestFolder();
        await using PlaitRun run = StartShown(folder);
        using Socket socket = await ConnectAsync(run, folder);

        byte[] start = [1, .. new byte[32]];
        await socket.WriteAllAsync(start);
        await socket.ReadExactlyAsync(2 + 64).Within("types, hash and nonce");
        await socket.WriteAllAsync(new byte[32]);

        Assert.Equal("00", await EndOf(socket));
        await run.AssertEchoesAsync("a_b");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Connect_SilentForEver_IsClosed()
    {
        using var folder = new TestFolder();
        await using PlaitRun run = StartShown(folder, "HandshakeTimeout 3 seconds\n");
        using Socket socket = await ConnectAsync(run, folder);

        Assert.Equal("0100", await EndOf(socket));
        await run.AssertEchoesAsync("a_b");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>A program with two places in a chain, which shows the environment that Plait gave it.</summary>
    private static PlaitRun StartShown(TestFolder folder, string more = "")
    {
        string program = folder.WriteScript("pt", $"env >{folder["environment"]}; exec {Programs.DummyTransport}");
        return PlaitRun.Start(PtRole.Server, $"{more}Plugin a,b exec {program}\nServerTransportWire * plait", ["a_b"]);
    }

    private static async Task<Socket> ConnectAsync(PlaitRun run, TestFolder folder)
    {
        await run.Host.Method("a_b");
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPEndPoint.Parse(Shown(folder, "TOR_PT_EXTENDED_SERVER_PORT")));
        return socket;
    }

    /// <summary>Goes through the handshake with the child's cookie (X2 to X9), computed here on its own.</summary>
    private static async Task<Socket> AuthenticateAsync(PlaitRun run, TestFolder folder)
    {
        Socket socket = await ConnectAsync(run, folder);
        byte[] cookie = await File.ReadAllBytesAsync(Shown(folder, "TOR_PT_AUTH_COOKIE_FILE"));
        byte[] nonce = RandomNumberGenerator.GetBytes(32);
        byte[] start = [1, .. nonce];
        await socket.WriteAllAsync(start);
        byte[] answer = await socket.ReadExactlyAsync(2 + 64).Within("types, hash and nonce");
        byte[] message = [.. "ExtORPort authentication client-to-server hash"u8, .. nonce, .. answer[34..]];
        await socket.WriteAllAsync(HMACSHA256.HashData(cookie.AsSpan(32), message));
        Assert.Equal([1], await socket.ReadExactlyAsync(1).Within("the word that we are in"));
        return socket;
    }

    private static string Shown(TestFolder folder, string variable) =>
        Assert.Single(File.ReadAllLines(folder["environment"]), line => line.StartsWith(variable + "=", StringComparison.Ordinal))
            [(variable.Length + 1)..];

    /// <summary>What comes until the connection ends, by an end or by a reset.</summary>
    private static async Task<string> EndOf(Socket socket)
    {
        var received = new List<byte>();
        try
        {
            byte[] buffer = new byte[256];
            int count;
            while ((count = await socket.ReceiveAsync(buffer).Within("the end of the connection")) > 0)
            {
                received.AddRange(buffer.AsSpan(0, count));
            }
        }
        catch (SocketException e)
        {
            Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        }

        return Convert.ToHexStringLower([.. received]);
    }

    private static string Frame(ushort command, string body)
    {
        byte[] head = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(head, command);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(2), (ushort)(body.Length / 2));
        return Convert.ToHexStringLower(head) + body;
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text));

    private static string Many(string hex, int count) => string.Concat(Enumerable.Repeat(hex, count));
}
