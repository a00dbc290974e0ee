using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics;
using Plait.Native;
using Plait.Relays;
using Plait.Tests.Relays;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>The life of the pollers of one host: they start when they are needed, and end with it.</summary>
public sealed class PollerSetTests
{
    public PollerSetTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "there are pollers on Linux only");

    [Fact]
    public async Task DisposeAsync_AllHaveStarted_GivesBackThreadsAndDescriptors()
    {
        const int Sets = 100; // so many that what other tests open and close meanwhile does not matter
        int before = OpenDescriptors();
        var threads = new List<int>();
        for (int i = 0; i < Sets; i++)
        {
            var pollers = new PollerSet();
            threads.AddRange(await ThreadsOfAsync(pollers));
            await pollers.DisposeAsync().AsTask().Within("the pollers end");
            Assert.Throws<IOException>(pollers.Next);
        }

        Assert.True(
            SpinWait.SpinUntil(() => threads.TrueForAll(thread => !Directory.Exists($"/proc/self/task/{thread}")), Deadline.Limit), "the threads end");
        Assert.InRange(OpenDescriptors() - before, int.MinValue, Sets / 2); // each poller had two
    }

    [Fact]
    public async Task DisposeAsync_OneOfTwoSets_LeavesTheOtherAlone()
    {
        await using var staying = new PollerSet();
        await using (var ending = new PollerSet())
        {
            await using RelayRun ended = await RelayRun.OverLoopbackAsync(RelayRun.Still, RelayKind.Splice, pollers: ending);
            await ended.Near.SendAsync("x");
            Assert.Equal("x", await ended.Far.ReceiveAsync(1));
        }

        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, RelayKind.Splice, pollers: staying);
        await run.Near.SendAsync("y");
        Assert.Equal("y", await run.Far.ReceiveAsync(1));
        Assert.Empty((await ThreadsOfAsync(staying)).Intersect(await ThreadsOfAsync(Shared.Pollers)));
    }

    [Fact]
    public async Task DisposeAsync_RelayThatStillRuns_BreaksItOff()
    {
        var pollers = new PollerSet();
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, RelayKind.Splice, pollers: pollers);
        await run.Near.SendAsync("x");
        Assert.Equal("x", await run.Far.ReceiveAsync(1));
        await pollers.DisposeAsync();
        Assert.NotEqual(RelayEnd.Completed, (await run.ResultAsync()).End);
        Assert.True((await run.Near.ReceiveAllAsync()).Reset);
    }

    [Fact]
    public async Task DisposeAsync_ReadThatWaits_Fails()
    {
        var pollers = new PollerSet();
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = SocketConnection.Of(here, pollers);
        Task reading = connection.ReadAsync(new byte[1], Deadline.Token).AsTask();
        await pollers.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(() => reading.Within("the read ends"));
        there.Dispose();
    }

    [Fact]
    public async Task Post_AfterTheEnd_AbandonsTheWork()
    {
        var pollers = new PollerSet();
        Poller poller = pollers.Next();
        await pollers.DisposeAsync();
        var work = new Work();
        poller.Post(work);
        poller.Post(work);
        Assert.Equal((0, 2), (work.Runs, work.Abandoned));
    }

    /// <summary>Starts the pollers that do not run yet.</summary>
    /// <returns>The thread ids of all.</returns>
    private static async Task<List<int>> ThreadsOfAsync(PollerSet pollers)
    {
        var threads = new List<int>();
        for (int i = 0; i < pollers.Count; i++)
        {
            var found = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            pollers.Next().Post(new Asks(found));
            threads.Add(await found.Task.Within("the poller answers"));
        }

        return threads;
    }

    private static int OpenDescriptors() => Directory.EnumerateFiles("/proc/self/fd").Select(file => new FileInfo(file).LinkTarget)
        .Count(target => target is "anon_inode:[eventpoll]" or "anon_inode:[eventfd]");

    private sealed class Asks(TaskCompletionSource<int> thread) : IPollerWork
    {
        void IPollerWork.Run() => thread.SetResult(int.Parse(Path.GetFileName(new FileInfo("/proc/thread-self").LinkTarget!), System.Globalization.CultureInfo.InvariantCulture));
    }

    private sealed class Work : IPollerWork
    {
        internal int Runs { get; private set; }

        internal int Abandoned { get; private set; }

        void IPollerWork.Run() => Runs++;

        void IPollerWork.Abandon() => Abandoned++;
    }
}
