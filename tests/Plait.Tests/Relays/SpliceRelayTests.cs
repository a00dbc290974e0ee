using System.Net.Sockets;
using Plait.Chains;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Relays;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Relays;

/// <summary>What only the relay through pipes has: pipes, their limit, and a way without them.</summary>
public class SpliceRelayTests
{
    private static readonly byte[] s_much = [.. Enumerable.Range(0, 24_000_000).Select(number => (byte)(number * 31 >> 5))];

    private readonly PipePool _pipes = new(2, 2, Pipe.TryOpen);

    [Fact]
    public async Task RunAsync_Idle_HoldsNoPipe()
    {
        await using RelayRun run = await StartAsync();
        await run.Near.SendAsync("there");
        Assert.Equal("there", await run.Far.ReceiveAsync(5));
        await run.Far.SendAsync("and back");
        Assert.Equal("and back", await run.Near.ReceiveAsync(8));

        await Deadline.UntilAsync(() => _pipes.Lent == 0, "the pipes are given back");
        Assert.InRange(_pipes.Open, 1, 2); // it did splice
    }

    [Theory]
    [MemberData(nameof(RelayTests.Kinds), MemberType = typeof(RelayTests))]
    public async Task RunAsync_PeerDoesNotRead_StopsItsSenderAlone(RelayKind kind)
    {
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, kind, eachSocket: SmallBuffers);
        Task write = run.Near.WriteAsync(s_much, Deadline.Token).AsTask();

        await run.Far.SendAsync("the other way goes on");
        Assert.Equal("the other way goes on", await run.Near.ReceiveAsync(21));
        Assert.False(write.IsCompleted); // unread bytes stay with their sender

        Task<(byte[] Bytes, bool Reset)> read = run.Far.ReceiveAllAsync();
        await write.Within("the bytes are taken");
        await run.Near.FinishAsync();
        AssertAll(s_much.Length, (await read).Bytes);
    }

    [Theory]
    [MemberData(nameof(RelayTests.KindsAndSides), MemberType = typeof(RelayTests))]
    public async Task RunAsync_ResetWhileThePeerDoesNotRead_IsPassedOnAtOnce(RelayKind kind, bool farResets) // G9
    {
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, kind, eachSocket: SmallBuffers);
        (ByteConnection resetting, ByteConnection stalled) = farResets ? (run.Far, run.Near) : (run.Near, run.Far);
        (SocketConnection source, SocketConnection destination) = farResets
            ? ((SocketConnection)run.Second, (SocketConnection)run.First)
            : ((SocketConnection)run.First, (SocketConnection)run.Second);
        Task write = resetting.WriteAsync(s_much, Deadline.Token).AsTask();
        await Deadline.UntilAsync(() => source.Socket.Available > 0 && IsFull(destination) && IsFull((SocketConnection)resetting), "nothing moves any more");

        resetting.Abort();

        Assert.Equal(farResets ? RelayEnd.SecondFailed : RelayEnd.FirstFailed, (await run.ResultAsync()).End);
        Assert.True((await stalled.ReceiveAllAsync()).Reset);
        await Assert.ThrowsAsync<IOException>(() => write.Within("the write fails"));
    }

    [Fact]
    public async Task RunAsync_MoreStalledDirectionsThanPipes_TheRestCopies()
    {
        RelayRun[] runs = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => StartAsync()));
        Task[] writes = [.. runs.Select(run => run.Near.WriteAsync(s_much.AsMemory(0, 12_000_000), Deadline.Token).AsTask())];
        await Deadline.UntilAsync(() => _pipes.Lent == 2, "both pipes are in use");

        await using (RelayRun late = await StartAsync()) // they hold back no other relay
        {
            await late.Near.SendAsync("late");
            Assert.Equal("late", await late.Far.ReceiveAsync(4));
        }

        Assert.Equal(2, _pipes.Open);
        for (int i = 0; i < runs.Length; i++)
        {
            Task<(byte[] Bytes, bool Reset)> read = runs[i].Far.ReceiveAllAsync();
            await writes[i].Within("the bytes are taken");
            await runs[i].Near.FinishAsync();
            AssertAll(12_000_000, (await read).Bytes);
            await runs[i].DisposeAsync();
        }

        Assert.Equal(0, _pipes.Open); // with the last relay they go
    }

    [Fact]
    public async Task RunAsync_ResetWhileAPipeHoldsBytes_ClosesThePipe()
    {
        await using RelayRun run = await StartAsync();
        Task write = run.Near.WriteAsync(s_much, Deadline.Token).AsTask();
        await Deadline.UntilAsync(() => _pipes.Lent == 1, "the pipe is in use");

        run.Far.Abort();

        Assert.Equal(RelayEnd.SecondFailed, (await run.ResultAsync()).End);
        await Assert.ThrowsAsync<IOException>(() => write.Within("the write fails"));
        Assert.Equal(0, _pipes.Open);
    }

    [Fact]
    public async Task Start_SystemDoesNotSplice_IsLoggedOnce()
    {
        var log = new LogRecorder();
        await using (new HostServices(new(), log, TimeProvider.System, new(), pipes: new PipePool(2, 2, _ => NoPipe())))
        {
        }

        Assert.StartsWith("Information 311: this system does not splice", Assert.Single(log.Entries), StringComparison.Ordinal);

        var silent = new LogRecorder();
        await using (new HostServices(new(), silent, TimeProvider.System, new(), pipes: _pipes))
        {
        }

        Assert.Empty(silent.Entries);
    }

    [Fact]
    public async Task RunAsync_NoPipesAllowed_Copies()
    {
        var none = new PipePool(0, 0, Pipe.TryOpen);
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, RelayKind.Splice, pipes: none);
        await run.Near.SendAsync("all the same");
        Assert.Equal("all the same", await run.Far.ReceiveAsync(12));
        Assert.Equal(0, none.Open);
    }

    [Fact]
    public void TryLend_LargePipes_AreAsManyAsAllowed()
    {
        var pipes = new PipePool(3, 1, Pipe.TryOpen);
        Pipe?[] lent = [pipes.TryLend(), pipes.TryLend(), pipes.TryLend(), pipes.TryLend()];
        Assert.Equal([true, false, false, null], lent.Select(pipe => pipe?.IsLarge));
        Array.ForEach(lent[..3], pipe => pipes.Return(pipe!, drained: true));
    }

    [Fact]
    public async Task RunAsync_SystemDoesNotSplice_FallsBackOnceForAll()
    {
        int opened = 0;
        var useless = new PipePool(2, 2, _ =>
        {
            opened++;
            return NoPipe();
        });
        for (int i = 0; i < 2; i++)
        {
            await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, RelayKind.Splice, pipes: useless);
            await run.Near.SendAsync("all the same");
            Assert.Equal("all the same", await run.Far.ReceiveAsync(12));
        }

        Assert.True(useless.Refused);
        Assert.Equal(1, opened);
        Assert.Equal(0, useless.Open);
        Assert.True(SpliceProbe.IsRefused(useless));
        Assert.False(SpliceProbe.IsRefused(_pipes));
    }

    [Fact]
    public async Task RunAsync_SideClosedByItsOwner_Ends()
    {
        await using RelayRun run = await StartAsync();
        await run.Near.SendAsync("x");
        Assert.Equal("x", await run.Far.ReceiveAsync(1));
        run.Second.Abort();
        Assert.Equal(RelayEnd.SecondFailed, (await run.ResultAsync()).End);
        Assert.True((await run.Near.ReceiveAllAsync()).Reset);
    }

    private Task<RelayRun> StartAsync() =>
        RelayRun.OverLoopbackAsync(RelayRun.Still, RelayKind.Splice, eachSocket: SmallBuffers, pipes: _pipes);

    private static bool IsFull(SocketConnection connection) => !connection.Socket.Poll(0, SelectMode.SelectWrite);

    internal static void SmallBuffers(Socket socket) => socket.SendBufferSize = socket.ReceiveBufferSize = 64 * 1024;

    private static void AssertAll(int sent, byte[] received) =>
        Assert.True(s_much.AsSpan(0, sent).SequenceEqual(received), "bytes are missing, or changed"); // a difference of millions is not printed

    /// <summary>splice(2): EINVAL, neither of its ends is a pipe.</summary>
    private static Pipe NoPipe() => new(OpenNothing(), OpenNothing(), large: true);

    private static int OpenNothing()
    {
        Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle("/dev/null", access: FileAccess.ReadWrite);
        int descriptor = (int)file.DangerousGetHandle();
        file.SetHandleAsInvalid(); // the pipe closes it
        return descriptor;
    }
}
