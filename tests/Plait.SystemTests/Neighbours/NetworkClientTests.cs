using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Neighbours;

/// <summary>Clients that begin and do not go on, from the network and at tor's SOCKS port: others get through meanwhile.</summary>
public class NetworkClientTests(ITestOutputHelper output)
{
    private const int Most = 5000;
    private const int AtATime = 50;
    private const int DescriptorsEach = 2; // of Plait: from the network, and to the child
    private const int DescriptorsOfTheRest = 1000;

    [Fact]
    public async Task Open_BesideThousandsOfHalfOpenConnections_GetsThrough()
    {
        string program = Programs.Require("obfs4proxy");
        int number = Math.Min(Most, (DescriptorLimit() - DescriptorsOfTheRest) / DescriptorsEach);
        await using PlaitRun run = PlaitRun.Start(PtRole.Server, $"Plugin obfs4 exec {program}\nServerTransportWire obfs4 plait", ["obfs4"]);
        PtMethod bridge = await run.Host.MethodLine("obfs4");
        await using PtHost client = PtHost.StartClient(program, [], "obfs4");
        IPEndPoint socks = await client.Method("obfs4");
        await AssertGetsThroughAsync(socks, bridge);
        int before = await run.IdleDescriptorsAsync();
        var silent = new List<Socket>();
        try
        {
            await OpenAsync(silent, new(IPAddress.Loopback, bridge.EndPoint.Port), number);
            await Deadline.PollAsync(
                () => ProcessTree.SocketsAndPipes(run.Host.Program.Id) >= before + (number * DescriptorsEach) ? "open" : null, "all are open in Plait");
            output.WriteLine($"{number} half-open connections, {ProcessTree.DescriptorCount(run.Host.Program.Id)} descriptors");

            await AssertGetsThroughAsync(socks, bridge);
            await run.AssertEchoesAsync("good");
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }

        await run.WaitForDescriptorsAsync(before);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>A byte for each round of another client, which is as slow as it wants to be.</summary>
    [Fact]
    public async Task Handshake_DrippingSocksClient_IsEndedWhileOthersGoOn()
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "HandshakeTimeout 2 seconds\n", []);
        using Socket other = await run.OpenAsync("good");
        int before = await run.IdleDescriptorsAsync();
        using Socket dripping = await ConnectAsync(await run.Host.Method("good"));
        await dripping.WriteAllAsync(Convert.FromHexString("040100507f000001")); // SOCKS4; a user id follows, up to a zero

        Task<byte[]> end = dripping.ReadToEndAsync();
        while (!end.IsCompleted)
        {
            await PtPair.AssertEchoAsync(other, 100);
            await IgnoringTheEndAsync(() => dripping.WriteAllAsync("a"u8.ToArray()));
        }

        await run.LogAsync("good: a SOCKS client was turned away: ");
        dripping.Dispose();
        await run.WaitForDescriptorsAsync(before);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [EachRole]
    public async Task Relay_PayloadByteByByte_ComesThroughInOrder(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "", []);
        using Socket socket = await run.OpenAsync("good");

        for (int i = 0; i < 256; i++)
        {
            await socket.WriteAllAsync(new[] { (byte)i });
            Assert.Equal((byte)i, Assert.Single(await socket.ReadExactlyAsync(1).Within("the echo of a byte")));
        }

        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>After each byte of a whole opening, with an end and with a reset.</summary>
    [Theory]
    [InlineData("050100" + "05010001" + "c0000201" + "0009" + "6869")] // SOCKS5
    [InlineData("05020002" + "0103613d620100" + "05010003" + "056c6f63616c" + "0009")] // with arguments, to a host name
    [InlineData("04010050" + "00000001" + "613d6200" + "6c6f63616c00")] // SOCKS4a
    public async Task Close_EarlyAtTheSocksPort_LeavesNothing(string conversation)
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "HandshakeTimeout 60 seconds\nOpenTimeout 5 seconds\n", []);
        IPEndPoint socks = await run.Host.Method("good");
        await run.AssertEchoesAsync("good");
        int before = await run.IdleDescriptorsAsync();

        await CloseEverywhereAsync(socks, Convert.FromHexString(conversation));

        await run.WaitForDescriptorsAsync(before);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [InlineData("--log plain")]
    [InlineData("--hang-handshake 1")]
    [InlineData("--drop-handshake 1")]
    [InlineData("--speak-first hello")]
    public async Task Close_EarlyAtThePublicPort_LeavesNothing(string flags)
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Server, $"Plugin other exec DUMMY {flags}", ["other"]);
        IPEndPoint listener = new(IPAddress.Loopback, (await run.Host.Method("other")).Port);
        await run.AssertEchoesAsync("good");
        int before = await run.IdleDescriptorsAsync();

        await CloseEverywhereAsync(listener, "a few bytes"u8.ToArray());

        await run.WaitForDescriptorsAsync(before);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Close_EarlyAtTheExtOrPort_LeavesNothing()
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Server, "HandshakeTimeout 60 seconds\n", []);
        await run.AssertEchoesAsync("good");
        IPEndPoint port = new(IPAddress.Loopback, GivenToChildren.Port(run, "good", "TOR_PT_EXTENDED_SERVER_PORT"));
        int before = await run.IdleDescriptorsAsync();

        byte[] conversation = [1, .. new byte[32], .. new byte[32]]; // type, nonce, a hash that is wrong
        await CloseEverywhereAsync(port, conversation);

        await run.WaitForDescriptorsAsync(before);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    private static async Task CloseEverywhereAsync(IPEndPoint address, byte[] conversation)
    {
        for (int length = 0; length <= conversation.Length; length++)
        {
            foreach (bool reset in new[] { false, true })
            {
                using Socket socket = await ConnectAsync(address);
                await IgnoringTheEndAsync(() => socket.WriteAllAsync(conversation.AsMemory(0, length)));
                if (reset)
                {
                    socket.LingerState = new LingerOption(enable: true, seconds: 0);
                }
            }
        }
    }

    private static async Task OpenAsync(List<Socket> open, IPEndPoint address, int number)
    {
        foreach (int[] batch in Enumerable.Range(0, number).Chunk(AtATime))
        {
            open.AddRange(await Task.WhenAll(batch.Select(_ => ConnectAsync(address))).Within("connections to the bridge"));
        }
    }

    private static async Task AssertGetsThroughAsync(IPEndPoint socks, PtMethod bridge)
    {
        using Socket socket = await SocksClient.ConnectAsync(
            socks, new IPEndPoint(IPAddress.Loopback, bridge.EndPoint.Port), bridge.ArgumentList);
        await PtPair.AssertEchoAsync(socket);
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address);
        return socket;
    }

    /// <summary>The other side may end the connection at any time.</summary>
    private static async Task IgnoringTheEndAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
        }
    }

    private static int DescriptorLimit() => File.ReadLines("/proc/self/limits")
        .Where(line => line.StartsWith("Max open files", StringComparison.Ordinal))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4])
        .Select(hard => int.TryParse(hard, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) ? limit : int.MaxValue)
        .Single();
}
