using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Chains;

/// <summary>G7: when a connection ends, nothing of it remains.</summary>
public class NothingLeftTests(ITestOutputHelper output)
{
    private const string Chain = "obfs3_obfs4";
    private const int Most = 1000;
    private const int AtATime = 25;

    // All of them in the long form (./test --all).
    private static readonly int Connections = Environment.GetEnvironmentVariable("PLAIT_CONTROLS") == "1" ? Most : Most / 3;

    [Theory]
    [InlineData("")]
    [InlineData(Plaitrc.ForceShim)]
    [InlineData(Plaitrc.ForceOrPort)]
    public async Task Open_ManyOfWhichAThirdFail_CountsAreBack(string joint)
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(joint), [Chain]);
        for (int number = 0; number < 60; number++)
        {
            await OneAsync(pair, number); // whatever is made once is made by now
        }

        await pair.WaitForNothingLeftAsync();
        int before = Descriptors();

        int failed = 0;
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, AtATime).Select(_ => WorkAsync()));

        await pair.WaitForNothingLeftAsync();
        string after = await Deadline.PollAsync(
            () => Descriptors() is var now && now <= before ? $"{now}" : null, $"{before} descriptors", details: () => $"{Descriptors()} descriptors");
        output.WriteLine($"{Connections} connections, {failed} of them failed; descriptors {before} before, {after} after; {pair.Client.Counters}; {pair.Bridge.Counters}");
        Assert.InRange(failed, Connections / 4, Connections / 2);

        async Task WorkAsync()
        {
            for (int number; (number = Interlocked.Increment(ref next)) <= Connections;)
            {
                if (!await OneAsync(pair, number))
                {
                    Interlocked.Increment(ref failed);
                }
            }
        }
    }

    /// <summary>Every third one fails: at hop 0, at hop 1, at the network, in the middle of a handshake, or at tor's own place.</summary>
    private static async Task<bool> OneAsync(ChainPair pair, int number)
    {
        try
        {
            using Socket socket = (number % 15) switch
            {
                3 => await WithArgumentsAsync(pair, "x-chain-1-cert=wrong"), // hop 1 refuses its arguments
                6 => await WithArgumentsAsync(pair, "x-chain-7-cert=wrong"), // there is no hop 7
                9 => await RefusedAsync(pair),
                12 => await CutAsync(pair, number),
                0 when number > 0 => await AbandonedAsync(pair),
                _ => await pair.OpenAsync(Chain),
            };
            await PtPair.AssertEchoAsync(socket, 3000);
            return true;
        }
        catch (Exception e) when (e is SocksRefusedException or SocketException or EndOfStreamException)
        {
            return false;
        }
    }

    private static Task<Socket> WithArgumentsAsync(ChainPair pair, string arguments) =>
        SocksClient.ConnectAsync(pair.Socks(Chain), pair.BridgeChain(Chain).EndPoint, arguments);

    /// <summary>The bridge's address refuses.</summary>
    private static async Task<Socket> RefusedAsync(ChainPair pair)
    {
        using var closed = new ClosedPort();
        return await pair.OpenAsync(Chain, closed.EndPoint);
    }

    private static async Task<Socket> CutAsync(ChainPair pair, int number)
    {
        await using CuttingForwarder cut =
            CuttingForwarder.Start(pair.BridgeChain(Chain).EndPoint, after: 1 + (number * 131 % 4000), reset: number % 2 == 0);
        using Socket socket = await pair.OpenAsync(Chain, cut.EndPoint);
        await PtPair.AssertEchoAsync(socket, 20_000);
        throw new EndOfStreamException("the cut came too late to fail anything; counted as failed all the same");
    }

    /// <summary>tor hangs up while it waits.</summary>
    private static async Task<Socket> AbandonedAsync(ChainPair pair)
    {
        using var tor = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await tor.ConnectAsync(pair.Socks(Chain));
        await tor.WriteAllAsync(new byte[] { 5, 1, 0 });
        await tor.ReadExactlyAsync(2);
        System.Net.IPEndPoint bridge = pair.BridgeChain(Chain).EndPoint;
        await tor.WriteAllAsync(new byte[] { 5, 1, 0, 1, 127, 0, 0, 1, (byte)(bridge.Port >> 8), (byte)bridge.Port });
        throw new EndOfStreamException("abandoned");
    }

    private static int Descriptors() => ProcessTree.DescriptorCount(Environment.ProcessId);
}
