using System.Text;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Tests.Support;
using Plait.Transports;
using Plait.Transports.Obfs3;
using Xunit;

namespace Plait.Tests.Transports.Obfs3;

public class Obfs3TransportTests
{
    private static readonly byte[] s_shared = Convert.FromHexString(Vectors.Shared);

    [Fact]
    public async Task Handshake_BothSides_CarryBytesBothWays()
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        (ByteConnection client, ByteConnection server) = await ShakeHandsAsync(near, far);
        await server.SendAsync("the server may speak first");
        Assert.Equal("the server may speak first", await client.ReceiveAsync(26));
        for (int length = 1; length < 300_000; length = (length * 3) + 1)
        {
            byte[] payload = [.. Enumerable.Range(length, length).Select(value => (byte)(value * 17))];
            await client.WriteAsync(payload, Deadline.Token);
            Assert.Equal(Encoding.Latin1.GetString(payload), await server.ReceiveAsync(length));
        }

        await client.FinishAsync();
        Assert.Equal("", await server.ReceiveAsync(1));
        await server.SendAsync("after the other end");
        await server.FinishAsync();
        Assert.Equal(("after the other end", false), Text(await client.ReceiveAllAsync()));
    }

    [Fact]
    public async Task Handshake_ByteByByte_Completes()
    {
        (MemoryConnection near, MemoryConnection one) = MemoryConnection.Pair();
        (MemoryConnection other, MemoryConnection far) = MemoryConnection.Pair();
        Task<ByteConnection> client = ConnectAsync(near), server = AcceptAsync(far);
        Task there = DripAsync(one, other), back = DripAsync(other, one);
        ByteConnection clients = await client.Within("the client has shaken hands"), servers = await server.Within("the server has shaken hands");
        await clients.SendAsync("there");
        await servers.SendAsync("back");
        Assert.Equal(("there", "back"), (await servers.ReceiveAsync(5), await clients.ReceiveAsync(4)));
        await clients.FinishAsync();
        await servers.FinishAsync();
        await Task.WhenAll(there, back).Within("both directions have ended");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(191)]
    public async Task Handshake_OtherSideEndsBeforeItsKeyIsComplete_IsAFailure(int bytes)
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        Task<ByteConnection> server = AcceptAsync(near);
        await far.WriteAsync(new byte[bytes], Deadline.Token);
        await far.FinishAsync();
        TransportException failure = await Assert.ThrowsAsync<TransportException>(() => server);
        Assert.Equal(FailureCause.Reset, failure.Failure);
    }

    [Fact]
    public async Task Handshake_FirstFlight_IsOneWriteOfKeyAndPadding()
    {
        for (int i = 0; i < 20; i++)
        {
            var wire = new WriteRecorder(); // from which nothing comes
            await Assert.ThrowsAsync<TransportException>(() => ConnectAsync(wire));
            Assert.InRange(Assert.Single(wire.Writes).Length, 192, 192 + 4097);
        }
    }

    [Fact]
    public async Task Write_First_IsPrecededByPaddingAndMagicInAWriteOfTheirOwn()
    {
        var wire = new WriteRecorder();
        await using var connection = Responder(wire, padding: 5);
        await connection.WriteAsync(Vectors.Text.AsMemory(0, 5), Deadline.Token);
        await connection.WriteAsync(Vectors.Text.AsMemory(5), Deadline.Token);
        Assert.Equal(
            [new string('0', 10) + Vectors.ResponderMagic, Vectors.ResponderText[..10], Vectors.ResponderText[10..]],
            wire.Writes.Select(Convert.ToHexStringLower));
    }

    [Fact]
    public async Task Write_None_SendsNoMagic()
    {
        var wire = new WriteRecorder();
        await using var connection = Responder(wire, padding: 5);
        await connection.CompleteWritesAsync(Deadline.Token);
        Assert.Empty(wire.Writes);
    }

    [Fact]
    public async Task Read_CutAnywhere_GivesThePayload()
    {
        byte[] sent = [.. new byte[3], .. Convert.FromHexString(Vectors.InitiatorMagic), .. Convert.FromHexString(Vectors.InitiatorText)];
        for (int cut = 0; cut <= sent.Length; cut++)
        {
            (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
            await using var connection = Responder(near, padding: 0);
            Task<(byte[] Bytes, bool Reset)> all = connection.ReceiveAllAsync();
            await far.WriteAsync(sent.AsMemory(0, cut), Deadline.Token);
            await Task.Yield(); // the reader may take it before more comes
            await far.WriteAsync(sent.AsMemory(cut), Deadline.Token);
            await far.FinishAsync();
            Assert.Equal((Encoding.ASCII.GetString(Vectors.Text), false), Text(await all));
        }
    }

    [Fact]
    public async Task Read_EmptyBuffer_WaitsForPayloadAndTakesNone()
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        await using var connection = Responder(near, padding: 0);
        Task<int> waits = connection.ReadAsync(Memory<byte>.Empty, Deadline.Token).AsTask();
        await far.WriteAsync(new byte[100], Deadline.Token);
        await far.WriteAsync(Convert.FromHexString(Vectors.InitiatorMagic), Deadline.Token);
        Assert.False(waits.IsCompleted);
        await far.WriteAsync(Convert.FromHexString(Vectors.InitiatorText), Deadline.Token);
        Assert.Equal(0, await waits.Within("there is payload"));
        Assert.True(connection.ReadAsync(Memory<byte>.Empty, Deadline.Token).IsCompletedSuccessfully);
        Assert.Equal(Encoding.ASCII.GetString(Vectors.Text), await connection.ReceiveAsync(Vectors.Text.Length));
    }

    [Fact]
    public async Task Read_WaitIsCancelled_LosesNothing() // the first-byte gate cancels one
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        await using var connection = Responder(near, padding: 0);
        byte[] magic = Convert.FromHexString(Vectors.InitiatorMagic);
        foreach (byte[] piece in (byte[][])[new byte[10], magic[..10]])
        {
            using var cancelled = new CancellationTokenSource();
            Task waiting = connection.ReadAsync(Memory<byte>.Empty, cancelled.Token).AsTask();
            await far.WriteAsync(piece, Deadline.Token);
            await cancelled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }

        await far.WriteAsync((byte[])[.. magic[10..], .. Convert.FromHexString(Vectors.InitiatorText)], Deadline.Token);
        Assert.Equal(Encoding.ASCII.GetString(Vectors.Text), await connection.ReceiveAsync(Vectors.Text.Length));
    }

    [Fact]
    public async Task Read_NoMagicInTime_IsAnIOExceptionAfterThatMuch()
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        await using var connection = Responder(near, padding: 0);
        Task<(byte[] Bytes, bool Reset)> all = connection.ReceiveAllAsync();
        await far.WriteAsync(new byte[8225], Deadline.Token);
        Assert.False(all.IsCompleted);
        await far.WriteAsync(new byte[1], Deadline.Token);
        Assert.True((await all.Within("the reading ends")).Reset);
    }

    [Fact]
    public async Task Abort_OfTheStream_ClosesTheWireWithoutAReset() // as obfs4proxy does
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        Responder(near, padding: 0).Abort();
        Assert.Equal(("", false), Text(await far.ReceiveAllAsync()));
    }

    [Fact]
    public async Task Patience_NoPayloadMoves_ClosesTheConnection()
    {
        var time = new FakeTime();
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        await using ByteConnection connection = Responder(near, padding: 0, time, TimeSpan.FromSeconds(60));
        Task<int> far1 = far.ReadAsync(new byte[1], Deadline.Token).AsTask();
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(far1.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, await far1.Within("the connection is closed"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Patience_PayloadHasMoved_IsOver(bool outward)
    {
        var time = new FakeTime();
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        await using ByteConnection connection = Responder(near, padding: 0, time, TimeSpan.FromSeconds(60));
        if (outward)
        {
            await connection.SendAsync("x");
            await far.ReceiveAsync(33);
        }
        else
        {
            await far.WriteAsync((byte[])[.. Convert.FromHexString(Vectors.InitiatorMagic), 1], Deadline.Token);
            await connection.ReceiveAsync(1);
        }

        Task<int> waits = far.ReadAsync(new byte[1], Deadline.Token).AsTask();
        time.Advance(TimeSpan.FromHours(1));
        Assert.False(waits.IsCompleted);
    }

    [Fact]
    public void DrawPadding_10000Times_IsInRangeAndReachesItsEnds()
    {
        int[] lengths = [.. Enumerable.Range(0, 10_000).Select(_ => Obfs3Handshake.DrawPadding().Length)];
        Assert.All(lengths, length => Assert.InRange(length, 0, 4097));
        Assert.InRange(lengths.Average(), 2048.5 - 150, 2048.5 + 150); // 12 standard deviations
        Assert.InRange(lengths.Min(), 0, 40);
        Assert.InRange(lengths.Max(), 4057, 4097);
    }

    [Fact]
    public void DrawPatience_10000Times_LiesBetween60And180Seconds()
    {
        double[] seconds = [.. Enumerable.Range(0, 10_000).Select(_ => Obfs3Handshake.DrawPatience().TotalSeconds)];
        Assert.All(seconds, value => Assert.InRange(value, 60, 180));
        Assert.InRange(seconds.Average(), 115, 125); // 14 standard deviations
    }

    [Fact]
    public async Task Dispose_OfTheStream_ZeroesItsKeys()
    {
        Obfs3Direction sent = Obfs3Direction.From(s_shared, Obfs3Role.Responder), received = Obfs3Direction.From(s_shared, Obfs3Role.Initiator);
        var connection = new Obfs3Connection(new WriteRecorder(), sent, received, () => [], TimeProvider.System, patience: null);
        await connection.DisposeAsync();
        Assert.All([sent, received], direction => Assert.Throws<IOException>(() => direction.Apply(new byte[1], new byte[1])));
        byte[] ofNoKey = new byte[AesCounterMode.BlockSize], zeroed = new byte[AesCounterMode.BlockSize];
        var cipher = new AesCounterMode(new byte[16], new byte[16]);
        var another = new AesCounterMode([.. Enumerable.Range(0, 16).Select(value => (byte)value)], new byte[16]);
        cipher.Clear();
        another.Clear();
        cipher.Apply(ofNoKey, ofNoKey);
        another.Apply(zeroed, zeroed);
        Assert.Equal(AesCounterMode.HasInstructions, ofNoKey.SequenceEqual(zeroed)); // nothing of the key is left
    }

    [Fact]
    public async Task EndsDirectionsApart_IsFalseOnBothSides() // S30
    {
        using IPreparedServer server = await new Obfs3Transport().PrepareAsync(new(), Deadline.Token);
        Assert.False(new Obfs3Transport().EndsDirectionsApart || server.EndsDirectionsApart);
    }

    private static Obfs3Connection Responder(ByteConnection wire, int padding, TimeProvider? time = null, TimeSpan? patience = null) => new(
        wire, Obfs3Direction.From(s_shared, Obfs3Role.Responder), Obfs3Direction.From(s_shared, Obfs3Role.Initiator),
        () => new byte[padding], time ?? TimeProvider.System, patience);

    private static async Task<(ByteConnection Client, ByteConnection Server)> ShakeHandsAsync(ByteConnection near, ByteConnection far)
    {
        Task<ByteConnection> client = ConnectAsync(near), server = AcceptAsync(far);
        return (await client.Within("the client has shaken hands"), await server.Within("the server has shaken hands"));
    }

    private static async Task<ByteConnection> ConnectAsync(ByteConnection wire)
    {
        using IClientHandshake handshake = new Obfs3Transport().Prepare(new());
        return await handshake.ConnectAsync(wire, Deadline.Token);
    }

    private static async Task<ByteConnection> AcceptAsync(ByteConnection wire)
    {
        using IPreparedServer server = await new Obfs3Transport().PrepareAsync(new(), Deadline.Token);
        return await server.AcceptAsync(wire, Deadline.Token);
    }

    private static async Task DripAsync(ByteConnection from, ByteConnection to)
    {
        byte[] one = new byte[1];
        while (await from.ReadAsync(one, Deadline.Token) > 0)
        {
            await to.WriteAsync(one, Deadline.Token);
        }

        await to.FinishAsync();
    }

    private static (string, bool) Text((byte[] Bytes, bool Reset) read) => (Encoding.ASCII.GetString(read.Bytes), read.Reset);

    /// <summary>Keeps each write; nothing ever comes.</summary>
    private sealed class WriteRecorder : ByteConnection
    {
        internal List<byte[]> Writes { get; } = [];

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => new(0);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
        {
            Writes.Add(buffer.ToArray());
            return ValueTask.CompletedTask;
        }

        public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override void Abort()
        {
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
