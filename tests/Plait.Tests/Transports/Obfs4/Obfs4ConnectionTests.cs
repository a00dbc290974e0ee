using System.Text;
using Plait.Connections;
using Plait.Tests.Support;
using Plait.Transports;
using Plait.Transports.Obfs4;
using Xunit;

namespace Plait.Tests.Transports.Obfs4;

/// <summary>The stream after the handshake, over a connection in memory.</summary>
public class Obfs4ConnectionTests
{
    private static readonly ServerIdentity s_bridge = Vectors.Server;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Streams_InEachMode_CarryPayloadBothWays(int mode)
    {
        (ByteConnection client, ByteConnection server) = await Obfs4Pair.ConnectAsync(s_bridge, (IatMode)mode);
        byte[] payload = Random(mode == 0 ? 300_000 : 20_000);
        foreach ((ByteConnection from, ByteConnection to) in new[] { (client, server), (server, client) })
        {
            Task writing = WriteAsync(from, payload);
            Assert.Equal(Encoding.Latin1.GetString(payload), await to.ReceiveAsync(payload.Length));
            await writing.Within("everything is written");
        }

        await client.FinishAsync();
        Assert.Equal("", await server.ReceiveAsync(1));
        await server.FinishAsync();
        Assert.Equal("", await client.ReceiveAsync(1));
    }

    /// <summary>The wire may cut the frames anywhere.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1447)]
    [InlineData(1449)]
    public async Task ReadAsync_OfFramesCutAnywhere_GivesThePayload(int cut)
    {
        (MemoryConnection near, MemoryConnection sent) = MemoryConnection.Pair();
        (MemoryConnection cutting, MemoryConnection far) = MemoryConnection.Pair();
        (ByteConnection client, _) = Obfs4Pair.Ends(near, far, IatMode.None, new(Vectors.DrbgSeed), TimeProvider.System);
        (_, ByteConnection server) = Obfs4Pair.Ends(near, far, IatMode.None, new(Vectors.DrbgSeed), TimeProvider.System);
        byte[] payload = Random(5000);
        await client.WriteAsync(payload, Deadline.Token);
        await near.FinishAsync();
        byte[] wire = (await sent.ReceiveAllAsync()).Bytes;
        Task<(byte[] Bytes, bool Reset)> reading = server.ReceiveAllAsync();
        foreach (byte[] piece in wire.Chunk(cut))
        {
            await cutting.WriteAsync(piece, Deadline.Token);
            await Task.Yield(); // the reader may take it before more comes
        }

        await cutting.FinishAsync();
        Assert.Equal((Encoding.Latin1.GetString(payload), false), (Encoding.Latin1.GetString((await reading).Bytes), (await reading).Reset));
    }

    [Fact]
    public async Task ReadAsync_WithASmallBuffer_GivesAFrameInParts()
    {
        (ByteConnection client, ByteConnection server) = await Obfs4Pair.ConnectAsync(s_bridge);
        await client.SendAsync("hello world");
        Assert.Equal(0, await server.ReadAsync(Memory<byte>.Empty, Deadline.Token).AsTask().Within("there is payload"));
        Assert.Equal("hello", await server.ReceiveAsync(5));
        Assert.True(server.ReadAsync(Memory<byte>.Empty, Deadline.Token).IsCompletedSuccessfully); // opened, not on the wire
        Assert.Equal(" world", await server.ReceiveAsync(6));
    }

    [Fact]
    public async Task ReadAsync_OfAnEmptyBuffer_IsNotEndedByPadding()
    {
        var time = new FakeTime();
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        (ByteConnection client, ByteConnection server) = Obfs4Pair.Ends(near, far, IatMode.None, new(Vectors.DrbgSeed), time);
        await server.SendAsync("first");
        Assert.Equal("first", await client.ReceiveAsync(5));
        Task<int> waits = client.ReadAsync(Memory<byte>.Empty, Deadline.Token).AsTask();
        time.Advance(Obfs4Connection.NudgeDelay);
        await Deadline.UntilAsync(() => near.Available == 0, "the padding is read");
        Assert.False(waits.IsCompleted);
        await server.SendAsync("x");
        Assert.Equal(0, await waits.Within("there is payload"));
    }

    /// <summary>What comes in one read with the response is given at once; obfs4proxy's client waits for more (O4-37).</summary>
    [Fact]
    public async Task ReadAsync_OfPayloadThatCameWithTheResponse_GivesItAtOnce()
    {
        (MemoryConnection near, MemoryConnection wire) = MemoryConnection.Pair();
        (MemoryConnection holding, MemoryConnection far) = MemoryConnection.Pair();
        using IClientHandshake handshake = Obfs4Pair.Client(s_bridge);
        Task<ByteConnection> connecting = handshake.ConnectAsync(near, Deadline.Token).AsTask();
        await wire.ReadAsync(Memory<byte>.Empty, Deadline.Token).AsTask().Within("the request comes");
        await PassOnAsync(wire, holding);
        var server = (IPreparedServer)new Obfs4Server(s_bridge, IatMode.None, TimeProvider.System);
        ByteConnection accepted = await server.AcceptAsync(far, Deadline.Token).AsTask().Within("the server has the request");
        await accepted.SendAsync("server first");
        await PassOnAsync(holding, wire); // response, seed and payload in one write
        ByteConnection client = await connecting.Within("the client has the response");
        Assert.Equal("server first", await client.ReceiveAsync(12));
    }

    /// <summary>TG4: for a real client that does not decode what came with the response.</summary>
    [Fact]
    public async Task WriteAsync_WhenTheServerSpeaksFirst_IsFollowedByPaddingOnce()
    {
        var time = new FakeTime();
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        (ByteConnection client, ByteConnection server) = Obfs4Pair.Ends(near, far, IatMode.None, new(Vectors.DrbgSeed), time);
        await server.SendAsync("hello");
        Assert.Equal(TimeSpan.FromMilliseconds(100), await time.ArmedAsync());
        Assert.Equal("hello", await client.ReceiveAsync(5));
        Assert.Equal(0, near.Available);
        time.Advance(Obfs4Connection.NudgeDelay);
        Assert.InRange(near.Available, FrameSizes.Overhead, 2 * FrameSizes.Longest + FrameSizes.Overhead);
        await server.SendAsync("more");
        Assert.Equal("more", await client.ReceiveAsync(4)); // the padding is nothing
        int left = near.Available;
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(left, near.Available);
    }

    [Fact]
    public async Task CompleteWritesAsync_WhilePaddingIsNotTaken_HeedsItsToken()
    {
        var time = new FakeTime();
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        (_, ByteConnection server) = Obfs4Pair.Ends(near, new FirstWriteOnly(far), IatMode.None, new(Vectors.DrbgSeed), time);
        await server.SendAsync("hello");
        time.Advance(Obfs4Connection.NudgeDelay); // its write does not end
        using var limit = new CancellationTokenSource();
        Task completing = server.CompleteWritesAsync(limit.Token).AsTask(), writing = server.WriteAsync(new byte[1], limit.Token).AsTask();
        Assert.False(completing.IsCompleted || writing.IsCompleted);
        await limit.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => completing.Within("the end is given up"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.Within("the write is given up"));
    }

    [Fact]
    public async Task WriteAsync_OnceTheClientHasSpoken_IsNotFollowedByPadding()
    {
        var time = new FakeTime();
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        (ByteConnection client, ByteConnection server) = Obfs4Pair.Ends(near, far, IatMode.None, new(Vectors.DrbgSeed), time);
        await server.SendAsync("hello");
        await client.SendAsync("hi");
        Assert.Equal("hi", await server.ReceiveAsync(2));
        Assert.Equal("hello", await client.ReceiveAsync(5));
        int left = near.Available;
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(left, near.Available);
    }

    /// <summary>Mode 0: one write for each burst, whose length modulo 1448 is one of the table (O4-43, O4-44).</summary>
    [Fact]
    public async Task WriteAsync_InMode0_IsOneWriteOfATablesLength()
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        var log = new WriteLog(far);
        var shape = new Shape(Vectors.Sha("s3")); // one length alone
        (_, ByteConnection server) = Obfs4Pair.Ends(near, log, IatMode.None, shape, TimeProvider.System);
        int tail = Assert.Single(shape.Lengths.Values.ToArray()) % FrameSizes.Longest;
        int[] payloads = [1, 100, 1427, 1428, 20_000, BurstWriter.MaxPayload];
        foreach (int payload in payloads)
        {
            await server.WriteAsync(new byte[payload], Deadline.Token);
        }

        Assert.Equal(payloads.Length, log.Writes.Length);
        for (int i = 0; i < payloads.Length; i++)
        {
            int burst = FrameSealer.RoomFor(payloads[i]) % FrameSizes.Longest;
            int missing = (tail - burst + FrameSizes.Longest) % FrameSizes.Longest;
            int beyond = missing is > 0 and <= FrameSizes.Overhead ? FrameSizes.Overhead : 0;
            Assert.Equal((tail + beyond) % FrameSizes.Longest, log.Writes[i] % FrameSizes.Longest);
        }

        await server.WriteAsync(new byte[(2 * BurstWriter.MaxPayload) + 1], Deadline.Token);
        Assert.Equal(payloads.Length + 3, log.Writes.Length); // a burst has no more than 32 KiB
    }

    /// <summary>Mode 1: a segment at a time, and a delay of the table after each (O4-45).</summary>
    [Fact]
    public async Task WriteAsync_InMode1_WritesSegmentsWithDelays()
    {
        var time = new FakeTime();
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        var log = new WriteLog(far);
        var shape = new Shape(Vectors.DrbgSeed);
        (_, ByteConnection server) = Obfs4Pair.Ends(near, log, IatMode.Enabled, shape, time);
        Task writing = server.WriteAsync(new byte[10_000], Deadline.Token).AsTask();
        HashSet<TimeSpan> table = [.. shape.Delays.Values.ToArray().Select(value => TimeSpan.FromMicroseconds(100 * value))];
        await AdvanceUntilAsync(writing, time, delay => Assert.Contains(delay, table));
        Assert.All(log.Writes[..^1], length => Assert.Equal(FrameSizes.Longest, length));
        Assert.InRange(log.Writes.Length, 8, 10);
    }

    /// <summary>Mode 2: each write has a length of the table; a 0 is drawn anew, where obfs4proxy panics (O4-45, O4-46).</summary>
    [Fact]
    public async Task WriteAsync_InMode2_WritesLengthsOfTheTable()
    {
        var time = new FakeTime();
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        var log = new WriteLog(far);
        var shape = new Shape(Vectors.Sha("s15")); // with 0
        (_, ByteConnection server) = Obfs4Pair.Ends(near, log, IatMode.Paranoid, shape, time);
        Task writing = server.WriteAsync(new byte[60_000], Deadline.Token).AsTask();
        await AdvanceUntilAsync(writing, time, delay => Assert.InRange(delay, TimeSpan.FromMicroseconds(100), TimeSpan.FromMilliseconds(10)));
        Assert.All(log.Writes, length => Assert.Contains((short)length, shape.Lengths.Values.ToArray()));
        Assert.DoesNotContain(0, log.Writes);
    }

    /// <summary>A client's first bursts have lengths of its own table, the next ones those of the bridge (O4-38, O4-42).</summary>
    [Fact]
    public async Task WriteAsync_OfAClient_TakesTheBridgesLengthsFromItsNextReadOn()
    {
        ServerIdentity bridge = new(new byte[20], Vectors.Sha("identity"), Vectors.Sha("s3")); // one length alone
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        var log = new WriteLog(near);
        (ByteConnection client, ByteConnection server) = await Obfs4Pair.ConnectAsync(bridge, clientWire: log, serverWire: far);
        await server.SendAsync("x");
        Assert.Equal("x", await client.ReceiveAsync(1));
        await server.SendAsync("y");
        Assert.Equal("y", await client.ReceiveAsync(1)); // by now it has read again, however the response came
        int tail = Assert.Single(new Shape(Vectors.Sha("s3")).Lengths.Values.ToArray());
        for (int burst = 0; burst < 20; burst++)
        {
            await client.SendAsync("z");
        }

        Assert.All(log.Writes[1..], length => Assert.Equal(tail % FrameSizes.Longest, length % FrameSizes.Longest));
    }

    [Fact]
    public async Task ReadAsync_OfAWrongFrame_FailsAfterWhatWasGood()
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        var log = new WriteLog(far);
        (ByteConnection client, ByteConnection server) = Obfs4Pair.Ends(near, log, IatMode.None, new(Vectors.DrbgSeed), TimeProvider.System);
        await client.SendAsync("good");
        await near.WriteAsync(new byte[3000], Deadline.Token);
        Assert.Equal("good", await server.ReceiveAsync(4));
        await Assert.ThrowsAsync<IOException>(() => server.ReadAsync(new byte[10], Deadline.Token).AsTask());
        await Assert.ThrowsAsync<IOException>(() => server.ReadAsync(new byte[10], Deadline.Token).AsTask());
        server.Abort();
        Assert.Equal((true, false), (log.IsDisposed, log.IsAborted)); // a FIN, as obfs4proxy ends it
    }

    [Fact]
    public async Task ReadAsync_WhenThePeerEndsWithinAFrame_Ends()
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        (_, ByteConnection server) = Obfs4Pair.Ends(near, far, IatMode.None, new(Vectors.DrbgSeed), TimeProvider.System);
        await near.SendAsync("xx");
        await near.FinishAsync();
        Assert.Equal("", await server.ReceiveAsync(1));
    }

    [Fact]
    public async Task Connection_Disposed_NeitherReadsNorWrites()
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        (ByteConnection client, ByteConnection server) = Obfs4Pair.Ends(near, far, IatMode.None, new(Vectors.DrbgSeed), TimeProvider.System);
        await client.SendAsync("x");
        await server.ReadAsync(Memory<byte>.Empty, Deadline.Token);
        await client.SendAsync("y");
        await server.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(() => server.WriteAsync("z"u8.ToArray(), Deadline.Token).AsTask());
        await Assert.ThrowsAsync<IOException>(() => server.ReceiveAsync(5));
    }

    private static async Task AdvanceUntilAsync(Task writing, FakeTime time, Action<TimeSpan> look)
    {
        while (true)
        {
            Task<TimeSpan> armed = time.ArmedAsync();
            await Task.WhenAny(armed, writing);
            if (writing.IsCompleted && !armed.IsCompleted)
            {
                await writing;
                return;
            }

            TimeSpan delay = await armed;
            if (delay != Obfs4Connection.NudgeDelay)
            {
                look(delay);
                time.Advance(delay);
            }
        }
    }

    private static async Task WriteAsync(ByteConnection to, byte[] payload)
    {
        foreach (byte[] part in payload.Chunk(40_000))
        {
            await to.WriteAsync(part, Deadline.Token);
        }
    }

    private static async Task PassOnAsync(MemoryConnection from, MemoryConnection to)
    {
        byte[] bytes = new byte[from.Available];
        await from.ReadAsync(bytes, Deadline.Token);
        await to.WriteAsync(bytes, Deadline.Token);
    }

    private static byte[] Random(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A peer that takes one write, and then nothing.</summary>
    private sealed class FirstWriteOnly(ByteConnection inner) : WrappedConnection(inner)
    {
        private bool _written;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => Inner.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
        {
            if (_written)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            _written = true;
            await Inner.WriteAsync(buffer, cancellationToken);
        }
    }
}
