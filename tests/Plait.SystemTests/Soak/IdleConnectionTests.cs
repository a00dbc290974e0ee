using System.Net.Sockets;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Soak;

/// <summary>
/// Idle connections cost their sockets and nothing more, and hinder no other. PLAIT_IDLE=4000 runs the whole form:
/// 4,000 connections under 20,000 descriptors. The short form has as many for each.
/// </summary>
public class IdleConnectionTests(ITestOutputHelper output)
{
    private const int ShortForm = 400;
    private const int AtATime = 8;

    // 20,000 for 4,000: four sockets each (from tor, to hop 0, from hop 0, to hop 1), and a rest for everything else.
    private const int DescriptorsEach = 5;

    private static int Number =>
        int.TryParse(Environment.GetEnvironmentVariable("PLAIT_IDLE"), out int number) ? number : ShortForm;

    [Fact]
    public async Task ManyIdleConnections_OneMoreWhileTrafficFlows_Works()
    {
        int number = Number;
        await using PublishedPair pair = await PublishedPair.StartAsync(
            Plaitrc.Obfs4Proxy(Plaitrc.ForceShim), bridges: 2, clientDescriptors: number * DescriptorsEach);
        var idle = new List<Socket>();
        try
        {
            long memory = ProcessTree.ResidentBytes(pair.ClientId);
            int before = ProcessTree.DescriptorCount(pair.ClientId);
            await OpenManyAsync(pair, idle, number);
            int after = ProcessTree.DescriptorCount(pair.ClientId);
            memory = ProcessTree.ResidentBytes(pair.ClientId) - memory;
            output.WriteLine(
                $"{number} idle: {after - before} descriptors and {memory >> 10} KiB more in the client's Plait, {after} descriptors in all");
            Assert.InRange(after - before, number, number * DescriptorsEach);

            using Socket busy = await pair.OpenAsync();
            using var enough = new CancellationTokenSource();
            Task<int> traffic = KeepBusyAsync(busy, enough.Token);
            using (Socket oneMore = await pair.OpenAsync())
            {
                await PtPair.AssertEchoAsync(oneMore, 300_000);
            }

            await enough.CancelAsync();
            Assert.True(await traffic.Within("the end of the traffic") > 0, "no traffic flowed");
            foreach (Socket socket in idle)
            {
                await AssertAliveAsync(socket);
            }
        }
        catch (Exception e) when (e is SocketException or EndOfStreamException or SocksRefusedException or TimeoutException)
        {
            Assert.Fail($"{e.Message}, with {idle.Count} open\n{pair.Said()}");
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
    }

    private static async Task OpenManyAsync(PublishedPair pair, List<Socket> idle, int number)
    {
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, AtATime).Select(_ => WorkAsync()));

        async Task WorkAsync()
        {
            while (Interlocked.Increment(ref next) <= number)
            {
                Socket socket = await pair.OpenAsync();
                lock (idle)
                {
                    idle.Add(socket);
                }

                await AssertAliveAsync(socket);
            }
        }
    }

    /// <summary>One byte there and back, again and again.</summary>
    /// <returns>How many rounds it made.</returns>
    private static async Task<int> KeepBusyAsync(Socket socket, CancellationToken enough)
    {
        int rounds = 0;
        do
        {
            await PtPair.AssertEchoAsync(socket, 60_000);
            rounds++;
        }
        while (!enough.IsCancellationRequested);
        return rounds;
    }

    private static async Task AssertAliveAsync(Socket socket)
    {
        await socket.WriteAllAsync(new byte[] { 42 });
        Assert.Equal([42], await socket.ReadExactlyAsync(1).Within("the echo of one byte"));
    }
}
