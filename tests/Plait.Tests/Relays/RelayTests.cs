using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Relays;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Relays;

/// <summary>One contract for every relay between sockets.</summary>
public class RelayTests
{
    public static TheoryData<RelayKind> Kinds { get; } = [.. Enum.GetValues<RelayKind>()];

    public static TheoryData<RelayKind, bool> KindsAndSides { get; } =
        new MatrixTheoryData<RelayKind, bool>(Enum.GetValues<RelayKind>(), [false, true]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task RunAsync_BothWaysAtOnce_EverythingArrivesInOrder(RelayKind kind)
    {
        byte[] forward = new byte[3_000_000];
        byte[] backward = new byte[2_000_001];
        Random.Shared.NextBytes(forward);
        Random.Shared.NextBytes(backward);
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, kind);

        Task near = SendAllAsync(run.Near, forward);
        Task far = SendAllAsync(run.Far, backward);
        Task<(byte[] Bytes, bool Reset)> atNear = run.Near.ReceiveAllAsync();
        (byte[] atFar, bool reset) = await run.Far.ReceiveAllAsync();
        await Task.WhenAll(near, far).Within("all is sent");

        Assert.Equal(forward, atFar);
        Assert.Equal(backward, (await atNear).Bytes);
        Assert.False(reset || (await atNear).Reset);
        Assert.Equal(new(RelayEnd.Completed, forward.Length, backward.Length), await run.ResultAsync() with { EndedFirst = null });
    }

    [Theory]
    [MemberData(nameof(KindsAndSides))]
    public async Task EndedFirst_OneSideFinishes_IsCalledBeforeTheOtherCanNotice(RelayKind kind, bool farFinishes)
    {
        RelayRun? run = null;
        var noticed = new TaskCompletionSource<(RelaySide Side, bool AtTheOther)>(TaskCreationOptions.RunContinuationsAsynchronously);
        RelaySettings settings = RelayRun.Still with
        {
            Observer = new Observed { First = side => noticed.TrySetResult((side, ((SocketConnection)(farFinishes ? run!.Near : run!.Far)).Socket.Poll(0, SelectMode.SelectRead))) },
        };
        await using RelayRun joined = run = await RelayRun.OverLoopbackAsync(settings, kind);

        await (farFinishes ? run.Far : run.Near).FinishAsync();

        Assert.Equal((farFinishes ? RelaySide.Second : RelaySide.First, false), await noticed.Task.Within("the end is noticed"));
    }

    [Theory]
    [MemberData(nameof(KindsAndSides))]
    public async Task RunAsync_OneSideFinishes_TheOtherGoesOn(RelayKind kind, bool farFinishes) // G9
    {
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, kind);
        (ByteConnection finishing, ByteConnection other) = farFinishes ? (run.Far, run.Near) : (run.Near, run.Far);

        await finishing.SendAsync("last words");
        await finishing.FinishAsync();
        (byte[] heard, bool reset) = await other.ReceiveAllAsync();
        Assert.Equal("last words"u8.ToArray(), heard);
        Assert.False(reset);

        await other.SendAsync("and an answer");
        Assert.Equal("and an answer", await finishing.ReceiveAsync(13));
        Assert.False(run.Ended.IsCompleted);

        await other.FinishAsync();
        Assert.Empty((await finishing.ReceiveAllAsync()).Bytes);
        RelayResult result = await run.ResultAsync();
        Assert.Equal((RelayEnd.Completed, farFinishes ? RelaySide.Second : RelaySide.First), (result.End, result.EndedFirst));
    }

    [Theory]
    [MemberData(nameof(KindsAndSides))]
    public async Task RunAsync_OneSideResets_TheOtherSeesAReset(RelayKind kind, bool farResets) // G9
    {
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, kind);
        (ByteConnection resetting, ByteConnection other) = farResets ? (run.Far, run.Near) : (run.Near, run.Far);
        await resetting.SendAsync("x");
        Assert.Equal("x", await other.ReceiveAsync(1));

        resetting.Abort();

        Assert.Equal(SocketError.ConnectionReset, await ((SocketConnection)other).EndAsync());
        RelayResult result = await run.ResultAsync();
        Assert.Equal(farResets ? RelayEnd.SecondFailed : RelayEnd.FirstFailed, result.End);
        Assert.Equal(farResets ? RelaySide.Second : RelaySide.First, result.EndedFirst);
        Assert.Equal(result.End, result.Fault);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task RunAsync_ResetAfterTheOtherSideFinished_IsStillAReset(RelayKind kind)
    {
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, kind);
        await run.Near.FinishAsync();
        Assert.Empty((await run.Far.ReceiveAllAsync()).Bytes);

        run.Far.Abort();

        Assert.Equal(SocketError.ConnectionReset, await ((SocketConnection)run.Near).EndAsync());
        RelayResult result = await run.ResultAsync();
        Assert.Equal((RelayEnd.SecondFailed, RelaySide.First), (result.End, result.EndedFirst));
        Assert.Equal(RelayEnd.Completed, result.Fault); // it had been left before
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task RunAsync_BytesThatAHandshakeReadTooFar_ComeFirst(RelayKind kind)
    {
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, kind, "early "u8.ToArray());
        await run.Near.SendAsync("late");
        Assert.Equal("early late", await run.Far.ReceiveAsync(10));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task RunAsync_Bytes_AreCountedByDirection(RelayKind kind)
    {
        int forward = 0, backward = 0;
        RelaySettings settings = RelayRun.Still with { Observer = new Observed { Forward = count => forward += count, Backward = count => backward += count } };
        await using RelayRun run = await RelayRun.OverLoopbackAsync(settings, kind);
        await run.Near.SendAsync("four");
        await run.Near.FinishAsync();
        Assert.Equal("four", await run.Far.ReceiveAsync(4));
        Assert.Equal(0, await run.Far.ReadAsync(new byte[1], Deadline.Token)); // its end has come through, and so is the first
        await run.Far.SendAsync("seven b");
        await run.Far.FinishAsync();

        Assert.Equal(new(RelayEnd.Completed, 4, 7) { EndedFirst = RelaySide.First }, await run.ResultAsync());
        Assert.Equal((4, 7), (forward, backward));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task RunAsync_Canceled_ResetsBothSides(RelayKind kind)
    {
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, kind);
        await run.CancelAsync();
        Assert.Equal(RelayEnd.Canceled, (await run.ResultAsync()).End);
        Assert.Equal(SocketError.ConnectionReset, await ((SocketConnection)run.Near).EndAsync());
        Assert.Equal(SocketError.ConnectionReset, await ((SocketConnection)run.Far).EndAsync());
    }

    private static async Task SendAllAsync(ByteConnection connection, byte[] bytes)
    {
        for (int start = 0; start < bytes.Length; start += 10_007)
        {
            await connection.WriteAsync(bytes.AsMemory(start, Math.Min(10_007, bytes.Length - start)), Deadline.Token);
        }

        await connection.FinishAsync();
    }
}
