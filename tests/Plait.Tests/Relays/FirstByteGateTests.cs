using Plait.Connections;
using Plait.Diagnostics;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Relays;

/// <summary>
/// G11: the second side's first bytes wait for the first side's. What is not held is relayed by an
/// in-memory relay before the call that starts it returns: no wait is needed to see that it was held.
/// </summary>
public class FirstByteGateTests
{
    private static readonly TimeSpan s_hold = TimeSpan.FromSeconds(2);

    private readonly FakeTime _time = new();

    [Fact]
    public async Task NoGate_SecondSideSpeaksFirst_PassesAtOnce()
    {
        await using RelayRun run = Speaking(hold: null);
        Assert.Equal(3, Arrived(run));
    }

    [Fact]
    public async Task Gate_SecondSideSpeaksFirst_HeldUntilTheFirstSideDelivered()
    {
        await using RelayRun run = Speaking(s_hold);
        Assert.Equal(0, Arrived(run));
        _time.Advance(s_hold - TimeSpan.FromTicks(1));
        Assert.Equal(0, Arrived(run));

        await run.Near.SendAsync("key of the client");

        Assert.Equal("key", await run.Near.ReceiveAsync(3));
        Assert.Equal("key of the client", await run.Far.ReceiveAsync(17));
    }

    [Fact]
    public async Task Gate_NothingComesFromTheFirstSide_OpensAfterTheHold()
    {
        await using RelayRun run = Speaking(s_hold);
        Assert.Equal(s_hold, await _time.ArmedAsync());
        Assert.Equal(0, Arrived(run));
        _time.Advance(s_hold);
        Assert.Equal("key", await run.Near.ReceiveAsync(3));
    }

    [Fact]
    public async Task Gate_FirstSideFinishesWithoutAByte_Opens()
    {
        await using RelayRun run = Speaking(s_hold);
        await run.Near.FinishAsync();
        Assert.Equal("key", await run.Near.ReceiveAsync(3));
    }

    [Fact]
    public async Task Gate_Canceled_DoesNotHoldTheRelay()
    {
        await using RelayRun run = Speaking(s_hold);
        await run.CancelAsync();
        Assert.Equal(RelayEnd.Canceled, (await run.ResultAsync()).End);
    }

    [Theory]
    [MemberData(nameof(RelayTests.Kinds), MemberType = typeof(RelayTests))]
    public async Task GateOverSockets_SecondSideSpeaksFirst_HeldUntilTheFirstSideDelivered(RelayKind kind)
    {
        await using RelayRun run = await SpeakingOverSocketsAsync(kind);
        await run.Near.SendAsync("key of the client");
        Assert.Equal("key", await run.Near.ReceiveAsync(3));
        Assert.Equal("key of the client", await run.Far.ReceiveAsync(17));
    }

    [Theory]
    [MemberData(nameof(RelayTests.Kinds), MemberType = typeof(RelayTests))]
    public async Task GateOverSockets_NothingComesFromTheFirstSide_OpensAfterTheHold(RelayKind kind)
    {
        await using RelayRun run = await SpeakingOverSocketsAsync(kind);
        _time.Advance(s_hold);
        Assert.Equal("key", await run.Near.ReceiveAsync(3));
    }

    [Theory]
    [MemberData(nameof(RelayTests.Kinds), MemberType = typeof(RelayTests))]
    public async Task GateOverSockets_FirstSideFinishesWithoutAByte_Opens(RelayKind kind)
    {
        await using RelayRun run = await SpeakingOverSocketsAsync(kind);
        await run.Near.FinishAsync();
        Assert.Equal("key", await run.Near.ReceiveAsync(3));
    }

    [Theory]
    [MemberData(nameof(RelayTests.Kinds), MemberType = typeof(RelayTests))]
    public async Task GateOverSockets_SecondSideResets_IsPassedOnAtOnce(RelayKind kind) // G9
    {
        await using RelayRun run = await SpeakingOverSocketsAsync(kind);
        run.Far.Abort();
        Assert.Equal(RelayEnd.SecondFailed, (await run.ResultAsync()).End);
        Assert.True((await run.Near.ReceiveAllAsync()).Reset);
    }

    [Theory]
    [MemberData(nameof(RelayTests.Kinds), MemberType = typeof(RelayTests))]
    public async Task GateOverSockets_SecondSideResetsAfterItsEnd_ItsBytesAreDelivered(RelayKind kind) // G9
    {
        await using RelayRun run = await SpeakingOverSocketsAsync(kind);
        await run.Far.FinishAsync();
        run.Far.Abort();
        _time.Advance(s_hold);
        (byte[] said, bool reset) = await run.Near.ReceiveAllAsync();
        Assert.Equal("key"u8.ToArray(), said);
        Assert.False(reset);
    }

    /// <summary>The relay waits at its gate; what the second side said is still in the kernel, in front of it.</summary>
    private async Task<RelayRun> SpeakingOverSocketsAsync(RelayKind kind)
    {
        RelayRun run = await RelayRun.OverLoopbackAsync(
            new() { Pipes = Shared.Pipes, LingerTimeout = TimeSpan.FromSeconds(60), Time = _time, FirstByteHold = s_hold }, kind);
        await run.Far.SendAsync("key");
        Assert.Equal(s_hold, await _time.ArmedAsync());
        await Deadline.UntilAsync(() => ((SocketConnection)run.Second).Socket.Available == 3, "it waits in the kernel");
        return run;
    }

    private RelayRun Speaking(TimeSpan? hold) => RelayRun.InMemory(
        new() { Pipes = Shared.Pipes, LingerTimeout = TimeSpan.FromSeconds(60), Time = _time, FirstByteHold = hold },
        (_, far) => far.WriteAsync("key"u8.ToArray(), CancellationToken.None).AsTask());

    private static int Arrived(RelayRun run) => ((MemoryConnection)run.Near).Available;
}
