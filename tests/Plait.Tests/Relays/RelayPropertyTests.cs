using FsCheck;
using FsCheck.Fluent;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Relays;

/// <summary>Whatever the two ends do, they see of each other what a direct connection would show them (G9).</summary>
public class RelayPropertyTests
{
    private enum Act
    {
        Write,
        Finish,
        Reset,

        /// <summary>Resets at once, in the middle of a write that no reader takes.</summary>
        BreakOff,

        /// <summary>Stops reading, or goes on with it.</summary>
        Stall,
    }

    // In small sockets and one pipe. A byte more stays with its writer until the other end reads.
    private const int MoreThanAnyoneHolds = 2_000_000;

    private sealed record Step(bool ByNear, Act Act, int Length)
    {
        public override string ToString() => $"{(ByNear ? "near" : "far")} {Act} {Length}";
    }

    private static readonly Gen<Step> s_step =
        from near in Gen.Elements(true, false)
        from act in Gen.Frequency((8, Gen.Constant(Act.Write)), (2, Gen.Constant(Act.Finish)), (1, Gen.Constant(Act.Reset)),
            (1, Gen.Constant(Act.BreakOff)), (2, Gen.Constant(Act.Stall)))
        from length in Gen.Elements(1, 2, 100, 65535, 65536, 200_000, MoreThanAnyoneHolds)
        select new Step(near, act, length);

    /// <summary>One end of the connection: what it did, and what it saw.</summary>
    private sealed class End
    {
        private readonly ByteConnection _connection;
        private readonly List<byte> _sent = [];
        private readonly Task<(byte[] Bytes, bool Reset)> _seen;
        private TaskCompletionSource _reads = new();
        private Task _acts = Task.CompletedTask;

        internal End(ByteConnection connection)
        {
            _connection = connection;
            _reads.SetResult();
            _seen = SeeAsync();
        }

        private bool Finished { get; set; }

        private bool HasReset { get; set; }

        /// <summary>A write failed. The system reports a reset once, to the first call: then no read reports it.</summary>
        private bool WriteFailed { get; set; }

        /// <summary>Whether it reset before it had finished.</summary>
        internal bool BrokeOff { get; private set; }

        /// <summary>Acts after its earlier acts; a stall is there at once, so that a write may find no reader.</summary>
        internal void Take(Act act, int length)
        {
            if (act == Act.Stall)
            {
                if (!_reads.TrySetResult())
                {
                    _reads = new(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                return;
            }

            if (act == Act.BreakOff)
            {
                Reset();
                return;
            }

            _acts = TakeAfterAsync(_acts, act, length);
        }

        /// <summary>Reads to the end, and says that it has no more to say.</summary>
        internal Task FinishAsync()
        {
            _reads.TrySetResult();
            Take(Act.Finish, 0);
            return _acts;
        }

        private async Task TakeAfterAsync(Task earlier, Act act, int length)
        {
            await earlier;
            if (HasReset || (Finished && act != Act.Reset))
            {
                return;
            }

            switch (act)
            {
                case Act.Write:
                    byte[] bytes = new byte[length];
                    for (int i = 0; i < length; i++)
                    {
                        bytes[i] = (byte)((_sent.Count + i) * 31 >> 3);
                    }

                    _sent.AddRange(bytes);
                    await WriteAsync(bytes);
                    break;
                case Act.Finish:
                    Finished = true;
                    await _connection.FinishAsync();
                    break;
                default:
                    Reset();
                    break;
            }
        }

        private void Reset()
        {
            BrokeOff |= !Finished;
            HasReset = true;
            _connection.Abort();
        }

        private async Task<(byte[] Bytes, bool Reset)> SeeAsync()
        {
            var all = new MemoryStream();
            byte[] buffer = new byte[8192];
            try
            {
                while (true)
                {
                    await _reads.Task;
                    int count = await _connection.ReadAsync(buffer, Deadline.Token).AsTask().Within("the connection ends");
                    if (count == 0)
                    {
                        return (all.ToArray(), false);
                    }

                    all.Write(buffer, 0, count);
                }
            }
            catch (IOException)
            {
                return (all.ToArray(), true);
            }
        }

        internal async Task CheckAsync(End peer)
        {
            (byte[] seen, bool reset) = await _seen;
            if (HasReset)
            {
                return; // it looks no more
            }

            Assert.True(seen.AsSpan().SequenceEqual(peer._sent.ToArray().AsSpan(0, seen.Length)), "bytes changed or out of order");
            if (!peer.HasReset)
            {
                Assert.False(reset || WriteFailed, "a reset that neither side sent");
            }

            if (!reset && !WriteFailed)
            {
                Assert.Equal(peer._sent.Count, seen.Length);
                Assert.False(peer.BrokeOff, "a reset was seen as an end");
            }
        }

        private async Task WriteAsync(byte[] bytes)
        {
            try
            {
                await _connection.WriteAsync(bytes, Deadline.Token).AsTask().Within("the bytes are taken");
            }
            catch (IOException)
            {
                WriteFailed = true;
            }
        }
    }

    [Theory]
    [MemberData(nameof(RelayTests.Kinds), MemberType = typeof(RelayTests))]
    public void OverSockets_AnyInterleaving_IsWhatADirectConnectionShows(RelayKind kind) => ForAll(
        () => RelayRun.OverLoopbackAsync(RelayRun.Still, kind, eachSocket: SpliceRelayTests.SmallBuffers));

    /// <summary>The yardstick itself.</summary>
    [Fact]
    public void Directly_AnyInterleaving_IsWhatADirectConnectionShows() => ForAll(() => RelayRun.DirectAsync());

    [Fact]
    public void InMemory_AnyInterleaving_IsWhatADirectConnectionShows() => ForAll(
        () => Task.FromResult(RelayRun.InMemory(RelayRun.Still)));

    private static void ForAll(Func<Task<RelayRun>> start) => Prop
        .ForAll(s_step.ArrayOf().ToArbitrary(), steps => HoldsAsync(start, steps).GetAwaiter().GetResult())
        .Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true));

    private static async Task<bool> HoldsAsync(Func<Task<RelayRun>> start, Step[] steps)
    {
        await using RelayRun run = await start();
        var near = new End(run.Near);
        var far = new End(run.Far);
        foreach (Step step in steps)
        {
            (step.ByNear ? near : far).Take(step.Act, step.Length);
        }

        if (near.BrokeOff || far.BrokeOff)
        {
            await run.ResultAsync(); // also if the other end never reads
        }

        await Task.WhenAll(near.FinishAsync(), far.FinishAsync());
        await run.ResultAsync();
        await near.CheckAsync(far);
        await far.CheckAsync(near);
        return true;
    }
}
