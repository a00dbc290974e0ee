using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Tunnels;

/// <summary>
/// One end is replaced while connections move bytes: SIGINT to the old one, a new one at the same address beside it. New connections go to the
/// new one, and those of the old one end whole. PLAIT_IDLE=4000 makes it forty of them.
/// </summary>
public class RestartTests(ITestOutputHelper output)
{
    private static readonly int s_connections = Environment.GetEnvironmentVariable("PLAIT_IDLE") is { Length: > 0 } ? 40 : 6;

    [Theory]
    [EachForm]
    public async Task NearEnd_DrainsUnderLoad_LosesNothing(TunnelForm form)
    {
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram old = near;

        await ReplaceAsync(near, service, address, () => TunnelPair.DialAsync(address), async () => (await pair.ListenAtAsync(address)).Near);
        Assert.False(pair.Far.Exited.IsCompleted);
    }

    [Theory]
    [EachForm]
    public async Task FarEnd_DrainsUnderLoad_LosesNothing(TunnelForm form)
    {
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;
        string line = pair.BridgeLine;

        await ReplaceAsync(pair.Far, service, pair.FarAddress, () => TunnelPair.DialAsync(address), async () =>
        {
            await pair.ServeAgainAsync();
            return null; // the pair's
        });

        Assert.Equal(line, pair.BridgeLine);
        Assert.Empty(near.ErrorLines.Snapshot()); // it has not noticed
    }

    /// <summary>The far end is killed, with everything that it runs, and started anew; the near end goes on.</summary>
    [Theory]
    [EachForm]
    public async Task FarEnd_KilledAndStartedAnew_IsUsedAgain(TunnelForm form)
    {
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;
        using Socket cut = await TunnelPair.DialAsync(address);
        await PtPair.AssertEchoAsync(cut);
        IReadOnlyList<int> children = ProcessTree.Descendants(pair.Far.Id);

        pair.Far.Kill();
        await TunnelPair.EndsAsync(cut);
        await ProcessTree.WaitUntilGoneAsync(children);
        await TunnelPair.RefusedAsync(address);
        await near.ErrorLines.WaitForAsync(line => line.Contains("outside connection: refused", StringComparison.Ordinal), "the reason");

        await pair.ServeAgainAsync();
        using Socket later = await TunnelPair.DialAsync(address);
        await PtPair.AssertEchoAsync(later);
    }

    private async Task ReplaceAsync(
        RunningProgram old, EchoServer service, IPEndPoint place, Func<Task<Socket>> dial, Func<Task<RunningProgram?>> startAnew)
    {
        var transfers = new List<Transfer>();
        try
        {
            for (int i = 0; i < s_connections; i++)
            {
                transfers.Add(await Transfer.BeginAsync(await dial()));
            }

            long interrupted = Stopwatch.GetTimestamp();
            old.Interrupt();
            await Deadline.PollAsync(() => IsRefused(place) ? "so" : null, "the address is free");
            RunningProgram? started = await startAnew();
            await using IAsyncDisposable? closed = started;
            using (Socket first = await dial())
            {
                await PtPair.AssertEchoAsync(first);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{Stopwatch.GetElapsedTime(interrupted).TotalMilliseconds:0} ms from SIGINT until a connection has gone through the new one"));
                await Task.WhenAll(transfers.Select(transfer => transfer.GoesOnAsync()));
                await PtPair.AssertEchoAsync(first);
            }

            Assert.False(old.Exited.IsCompleted);
            long[] moved = await Task.WhenAll(transfers.Select(transfer => transfer.FinishAsync()));
            output.WriteLine($"{moved.Length} connections moved {moved.Sum() >> 20} MiB each way, all whole");
            transfers.ForEach(transfer => transfer.Dispose());
            Assert.Equal(0, await old.WaitForExitAsync());
            await service.WaitForOpenAsync(0);
        }
        finally
        {
            transfers.ForEach(transfer => transfer.Dispose());
        }
    }

    private static bool IsRefused(IPEndPoint address)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(address);
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset)
        {
            return true;
        }
    }
}
