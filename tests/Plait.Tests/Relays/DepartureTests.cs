using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Relays;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Relays;

/// <summary>What a program that closes its socket for good means for the other side of a relay (G12): what it would mean directly.</summary>
public class DepartureTests
{
    public static TheoryData<RelayKind, bool> KindsAndSides => RelayTests.KindsAndSides;

    [Theory]
    [MemberData(nameof(KindsAndSides))]
    public async Task RunAsync_ProgramClosesItsSocket_EndsAndLaterBytesAreReset(RelayKind kind, bool farCloses)
    {
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, kind); // its clock stands still
        (ByteConnection closing, ByteConnection other) = farCloses ? (run.Far, run.Near) : (run.Near, run.Far);
        await closing.SendAsync("last words");
        await closing.DisposeAsync();

        RelayResult result = await run.ResultAsync();
        Assert.Equal((RelayEnd.Completed, farCloses ? RelaySide.Second : RelaySide.First), (result.End, result.EndedFirst));
        await run.First.DisposeAsync(); // as its owner does
        await run.Second.DisposeAsync();
        Socket socket = ((SocketConnection)other).Socket;
        Assert.Equal("last words", await other.ReceiveAsync(10));
        Assert.Equal(0, await other.ReadAsync(new byte[1], Deadline.Token)); // an orderly end

        await other.SendAsync("x");
        Assert.Equal(SocketError.Shutdown, await ErrorOfAsync(socket)); // EPIPE: a reset after the end. Nothing forwarded it: the system answered
    }

    [Theory]
    [MemberData(nameof(KindsAndSides))]
    public async Task RunAsync_ProgramThatHadFinishedClosesLater_Ends(RelayKind kind, bool farCloses)
    {
        var time = new FakeTime();
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still with { Time = time }, kind);
        (ByteConnection closing, ByteConnection other) = farCloses ? (run.Far, run.Near) : (run.Near, run.Far);
        await closing.FinishAsync();
        Assert.Equal(0, await other.ReadAsync(new byte[1], Deadline.Token));
        await other.SendAsync("x");
        Assert.Equal("x", await closing.ReceiveAsync(1)); // half-open
        Assert.False(run.Ended.IsCompleted);

        await closing.DisposeAsync();
        Task<TimeSpan> armed = time.ArmedAsync();
        while (await Task.WhenAny(run.Ended, armed) == armed)
        {
            await armed;
            time.Advance(TimeSpan.FromSeconds(1));
            armed = time.ArmedAsync();
        }

        Assert.Equal(RelayEnd.Completed, (await run.ResultAsync()).End);
    }

    [Fact]
    public async Task RunAsync_ProgramThatWasDialledClosesItsSocket_Ends() // a socket that was connected by connect(2)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells whose a socket is");
        (Socket near, Socket first) = await Loopback.PairAsync();
        using Socket listener = Loopback.Listen();
        SocketConnection second = await new SourceAddresses(System.Net.IPNetwork.Parse("127.64.0.0/10"), Shared.Pollers)
            .ConnectAsync((System.Net.IPEndPoint)listener.LocalEndPoint!, Deadline.Token);
        Socket far = await listener.AcceptAsync(Deadline.Token);
        Task<RelayResult> relay = Relay.RunAsync(SocketConnection.Of(first, Shared.Pollers), second, RelayRun.Still, Deadline.Token);
        far.Dispose();
        Assert.Equal(RelayEnd.Completed, (await relay.Within("the relay ends")).End);
        Assert.Equal(SocketError.Success, await near.EndAsync());
        near.Dispose();
    }

    [Theory]
    [MemberData(nameof(RelayTests.Kinds), MemberType = typeof(RelayTests))]
    public async Task Linger_OfAPeerThatTakesNothing_IsAReset(RelayKind kind) // G9: a lack of bytes may not look like an end
    {
        var time = new FakeTime();
        await using RelayRun run = await RelayRun.OverLoopbackAsync(
            RelayRun.Still with { Time = time }, kind, eachSocket: SpliceRelayTests.SmallBuffers);
        byte[] much = new byte[10_000_000];
        Task write = run.Near.WriteAsync(much, Deadline.Token).AsTask();
        await run.Far.FinishAsync(); // and reads nothing
        Assert.Equal(0, await run.Near.ReadAsync(new byte[1], Deadline.Token));
        await Task.Run(() => WaitUntilStill(((SocketConnection)run.First).Socket, ((SocketConnection)run.Far).Socket)).Within("nothing moves any more");
        while (!run.Ended.IsCompleted)
        {
            time.Advance(RelayRun.Still.LingerTimeout);
            await Task.Yield();
        }

        Assert.Equal(RelayEnd.Lingered, (await run.ResultAsync()).End);
        Assert.True((await run.Far.ReceiveAllAsync()).Reset);
        await run.First.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(() => write.Within("the write fails"));
    }

    /// <summary>Waits until both queues have held the same for a hundred looks.</summary>
    private static void WaitUntilStill(Socket one, Socket other)
    {
        (int, int) last = default;
        for (int same = 0; same < 100; Thread.Sleep(5))
        {
            (int, int) now = (one.Available, other.Available);
            same = now == last && now.Item1 > 0 && now.Item2 > 0 ? same + 1 : 0;
            last = now;
        }
    }

    /// <summary>The error that a socket meets after its peer's end.</summary>
    private static async Task<SocketError> ErrorOfAsync(Socket socket)
    {
        while (!socket.Poll(1000, SelectMode.SelectError))
        {
            Deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        return (SocketError)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
    }
}
