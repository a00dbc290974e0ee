using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.BadInput;

/// <summary>What is not SOCKS, not quite, or not allowed, at the port of a chain: V8 and goptlib's vectors, towards us.</summary>
public class SocksTests
{
    /// <summary>Bytes, our whole answer up to the end of the connection, and the reason in the log.</summary>
    public static TheoryData<string, string, string> Refused => new()
    {
        // No SOCKS: without a word, as S29 has it.
        { Hex("GET / HTTP/1.0\r\n\r\n"), "", "the client does not speak SOCKS" },
        { Hex("CONNECT example.org:443 HTTP/1.1\r\n\r\n"), "", "the client does not speak SOCKS" },
        { "06", "", "the client does not speak SOCKS" },
        { "00", "", "the client does not speak SOCKS" },
        { "160301", "", "the client does not speak SOCKS" },

        // Methods.
        { "0500", "05ff", "the client offers no usable authentication method" },
        { "050101", "05ff", "the client offers no usable authentication method" },
        { "050401030405", "05ff", "the client offers no usable authentication method" },

        // User and password.
        { "05020002" + "0301610161", "0502" + "0101", "the user name is empty or of an unknown form" },
        { "05020002" + "01000161", "0502" + "0101", "the user name is empty or of an unknown form" },
        { "05020002" + "0103613d6200", "0502" + "0101", "the password is empty" },
        { "05020002" + "0102c3280100", "0502" + "0101", "the arguments are not UTF-8" },

        // Requests.
        { "050100" + "040100017f0000010009", "0500" + "05010001000000000000", "the request is malformed" },
        { "050100" + "050101017f0000010009", "0500" + "05010001000000000000", "the request is malformed" },
        { "050100" + "050200017f0000010009", "0500" + "05070001000000000000", "the command is not CONNECT" },
        { "050100" + "050300017f0000010009", "0500" + "05070001000000000000", "the command is not CONNECT" },
        { "050100" + "05ff00017f0000010009", "0500" + "05070001000000000000", "the command is not CONNECT" },
        { "050100" + "050100057f0000010009", "0500" + "05080001000000000000", "the address type is unknown" },
        { "050100" + "0501000300" + "0009", "0500" + "05010001000000000000", "the host name is empty or not printable ASCII" },
        { "050100" + "0501000303" + "61002e" + "0009", "0500" + "05010001000000000000", "the host name is empty or not printable ASCII" },
        { "050100" + "0501000302" + "c3bc" + "0009", "0500" + "05010001000000000000", "the host name is empty or not printable ASCII" },

        // SOCKS 4 and 4a.
        { "040200097f00000100", "005b000000000000", "the command is not CONNECT" },
        { "040100097f000001" + "6b6579" + "00", "005b000000000000", "arguments: the argument at offset 0 has no '='" },
        { "040100097f000001" + "c328" + "00", "005b000000000000", "the arguments are not UTF-8" },
        { "0401000900000001" + "00" + "00", "005b000000000000", "the host name is empty or not printable ASCII" },
        { "040100097f000001" + Many("61", 600), "005b000000000000", "the user id is too long" },
        { "0401000900000001" + "00" + Many("61", 600), "005b000000000000", "the host name is too long" },

        // Not finished: the client ends, or waits for ever.
        { "05", "", "the other side closed the connection during the handshake" },
        { "0502", "", "the other side closed the connection during the handshake" },
        { "05020002" + "01ff61", "0502", "the other side closed the connection during the handshake" },
        { "050100" + "05010001", "0500", "the other side closed the connection during the handshake" },
        { "0401", "", "the other side closed the connection during the handshake" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Handshake_NotSocksOrNotAllowed_IsRefused(string sent, string answer, string reason)
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "", []);

        Assert.Equal(answer, await ExchangeAsync(run, sent, end: true));
        await run.LogAsync($"good: a SOCKS client was turned away: {reason}");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("05", "")]
    [InlineData("050100", "0500")]
    [InlineData("05020002", "0502")]
    [InlineData("0401", "")]
    public async Task Handshake_SilentForEver_IsClosed(string sent, string answer)
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "HandshakeTimeout 3 seconds", []);

        Assert.Equal(answer, await ExchangeAsync(run, sent, end: false));
        await run.LogAsync("good: a SOCKS client was turned away: the SOCKS negotiation took too long");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>V8's clients that do not wait for the answers. goptlib refuses them; we serve in order.</summary>
    [Theory]
    [InlineData("050100" + "REQUEST", "0500")]
    [InlineData("05020002" + "0103613d620100" + "REQUEST", "0502" + "0100")]
    public async Task Handshake_NotInLockStep_IsServed(string start, string answers)
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "", []);
        string port = Convert.ToHexStringLower([(byte)(run.Target.EndPoint.Port >> 8), (byte)run.Target.EndPoint.Port]);
        string sent = start.Replace("REQUEST", "050100017f000001" + port, StringComparison.Ordinal) + Hex("hello");

        Assert.Equal(answers + "05000001000000000000" + Hex("hello"), await ExchangeAsync(run, sent, end: true));
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Handshake_MegabyteOfJunk_IsClosed()
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "", []);
        using Socket socket = await ConnectAsync(run);

        try
        {
            await socket.WriteAllAsync(new byte[1_000_000]).Within("the junk is taken or refused");
            Assert.Empty(await socket.ReadToEndAsync().Within("the end of the connection"));
        }
        catch (SocketException e)
        {
            // The end overtook our writing.
            Assert.True(e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown, e.Message);
        }

        await run.LogAsync("the client does not speak SOCKS");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Open_TargetRefuses_IsReportedToTor()
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "", []);
        using var closed = new ClosedPort();

        SocksRefusedException e = await Assert.ThrowsAsync<SocksRefusedException>(
            async () => await SocksClient.ConnectAsync(await run.Host.Method("good"), closed.EndPoint));

        Assert.Equal(5, e.Code);
        await run.LogAsync("good: hop 0 (good), outside connection: refused: ");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>Sends, and reads to the end.</summary>
    private static async Task<string> ExchangeAsync(PlaitRun run, string sent, bool end)
    {
        using Socket socket = await ConnectAsync(run);
        await socket.WriteAllAsync(Convert.FromHexString(sent));
        if (end)
        {
            socket.Shutdown(SocketShutdown.Send);
        }

        return Convert.ToHexStringLower(await socket.ReadToEndAsync().Within("the end of the connection"));
    }

    private static async Task<Socket> ConnectAsync(PlaitRun run)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(await run.Host.Method("good"));
        return socket;
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text));

    private static string Many(string hex, int count) => string.Concat(Enumerable.Repeat(hex, count));
}
