using System.Net.Sockets;
using System.Text;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Relays;

/// <summary>TCP's urgent byte (tcp(7)), with which any peer could once stop a relay for good: splice(2) does not go past it.</summary>
public class UrgentByteTests
{
    private static readonly byte[] s_much = [.. Enumerable.Range(0, 3_000_000).Select(number => (byte)(number * 31 >> 5))];

    public static TheoryData<RelayKind, string, string> Streams { get; } = new MatrixTheoryData<RelayKind, string, string>(
        Enum.GetValues<RelayKind>(), ["", "before "], ["", "after"]);

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Stream_AroundAnUrgentByte_IsCompleteAtItsEnd(RelayKind kind, string before, string after) // G9
    {
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, kind);
        await run.Near.SendAsync(before);
        ((SocketConnection)run.Near).SendUrgent();
        await run.Near.SendAsync(after);
        await run.Near.FinishAsync();

        (byte[] heard, bool reset) = await run.Far.ReceiveAllAsync(); // as Go's net package reads: without the urgent byte
        Assert.Equal(before + after, Encoding.ASCII.GetString(heard));
        Assert.False(reset);
    }

    [Theory]
    [InlineData(RelayKind.Splice)]
    [InlineData(RelayKind.SpliceWithoutPipes)]
    public async Task RunAsync_UrgentByte_IsForwardedAtItsPlace(RelayKind kind) // G12
    {
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, kind);
        Socket far = ((SocketConnection)run.Far).Socket;
        far.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.OutOfBandInline, true);
        await run.Near.SendAsync("abc");
        ((SocketConnection)run.Near).SendUrgent();
        await run.Near.SendAsync("def");

        Assert.Equal("abc", await run.Far.ReceiveAsync(3));
        Assert.True(far.Poll(Deadline.Limit, SelectMode.SelectError)); // POLLPRI: the urgent byte has arrived
        Assert.Equal("!def", await run.Far.ReceiveAsync(4));
    }

    [Theory]
    [MemberData(nameof(RelayTests.Kinds), MemberType = typeof(RelayTests))]
    public async Task ManyUrgentBytes_InABulkStream_LoseNothingElse(RelayKind kind)
    {
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, kind);
        Task<(byte[] Bytes, bool Reset)> reading = run.Far.ReceiveAllAsync();
        Task writing = Task.Run(
            async () =>
            {
                for (int start = 0; start < s_much.Length; start += 100_000)
                {
                    await run.Near.WriteAsync(s_much.AsMemory(start, 100_000), Deadline.Token);
                    ((SocketConnection)run.Near).SendUrgent();
                }

                await run.Near.FinishAsync();
            },
            Deadline.Token);
        await writing.Within("the bytes are taken");

        // An urgent byte that another one overtakes becomes part of the stream (tcp_check_urg in Linux), also without a relay.
        byte[] heard = (await reading).Bytes;
        Assert.InRange(heard.Length, s_much.Length, s_much.Length + (s_much.Length / 100_000));
        Assert.Equal(s_much[^100_000..], heard[^100_000..]);
    }
}
