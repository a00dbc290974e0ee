using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Relays;
using Plait.Tests.Relays;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>What goes on where: openings on the poller's thread, in turns; what takes long, and what no event has ended, elsewhere.</summary>
public sealed class PollerTests : IAsyncDisposable
{
    private readonly PollerSet _pollers = new();

    public PollerTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "there are pollers on Linux only");

    public ValueTask DisposeAsync() => _pollers.DisposeAsync();

    private static bool IsPoller => Thread.CurrentThread.Name?.StartsWith("Plait poller", StringComparison.Ordinal) == true;

    [Fact]
    public async Task Read_InPlace_GoesOnWhereTheEventComes()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = SocketConnection.Of(here, _pollers);
        Task<bool> reading = ReadAsync(connection, CancellationToken.None);
        await there.SendAsync("x"u8.ToArray());
        Assert.True(await reading.Within("the byte comes"));
        there.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_CanceledOrClosedByItsOwner_GoesOnInThePool(bool canceled)
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = SocketConnection.Of(here, _pollers);
        using var deadline = new CancellationTokenSource();
        Task<bool> reading = ReadAsync(connection, deadline.Token);
        await OnPollerAsync(() => // by a poller's thread, in the middle of something else
        {
            if (canceled)
            {
                deadline.Cancel();
            }
            else
            {
                connection.Close();
            }

            return Task.CompletedTask;
        });
        Assert.False(await reading.Within("the wait ends"));
        there.Dispose();
    }

    [Fact]
    public async Task Copy_BegunOnAPoller_LeavesIt()
    {
        (MemoryConnection here, MemoryConnection first) = MemoryConnection.Pair();
        (MemoryConnection second, MemoryConnection there) = MemoryConnection.Pair();
        bool? moved = null;
        CancellationToken token = Deadline.Token; // which is asked for here: a poller's thread is in no test's context
        await here.WriteAsync("ping"u8.ToArray(), Deadline.Token);
        await here.CompleteWritesAsync(Deadline.Token);
        await there.CompleteWritesAsync(Deadline.Token);
        await OnPollerAsync(() => CopyRelay.RunAsync(first, second, new() { Pipes = Shared.Pipes, LingerTimeout = Deadline.Limit, Observer = new Observed { Forward = _ => moved = IsPoller } }, token));
        Assert.False(moved);
    }

    [Fact]
    public async Task Accept_ManyAtOnce_LetsOthersHaveTheirTurn()
    {
        const int Many = 2 * PolledAcceptor.PerRound;
        var happened = new List<string>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var peers = new List<Socket>();
        Task others = Task.CompletedTask;
        int accepted = 0;
        IPEndPoint address = new(IPAddress.Loopback, 0);
        await using ConnectionListener listener = ConnectionListener.Bind(
            address, _pollers, new(Many, TimeProvider.System), (_, _) =>
            {
                happened.Add(IsPoller ? "one more" : "one more, in the pool");
                others = accepted == 0 ? OthersAsync() : others;
                if (++accepted == 1)
                {
                    peers.AddRange(Enumerable.Range(1, Many - 1).Select(_ => Connect())); // they wait in the queue while this runs
                }
                else if (accepted == Many)
                {
                    all.SetResult();
                }

                return Task.CompletedTask;
            });
        address = listener.EndPoint;
        listener.Open();
        peers.Add(Connect());
        await all.Task.Within("all are accepted");
        await others.Within("the others have seen it");
        Assert.Equal(Enumerable.Repeat("one more", PolledAcceptor.PerRound).Append("others"), happened.Take(PolledAcceptor.PerRound + 1));
        peers.ForEach(peer => peer.Dispose());

        async Task OthersAsync()
        {
            while (!all.Task.IsCompleted)
            {
                await Poller.NextRoundAsync();
                happened.Add("others");
            }
        }

        Socket Connect()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(address);
            return socket;
        }
    }

    /// <summary>Reads in place.</summary>
    /// <returns>Whether that went on on a poller's thread.</returns>
    private static async Task<bool> ReadAsync(SocketConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await connection.ReadAsync(new byte[1], inPlace: true, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Where it goes on is what matters.
        }

        return IsPoller;
    }

    /// <summary>Begins something on a poller's thread.</summary>
    private async Task OnPollerAsync(Func<Task> begin)
    {
        var work = new Work(begin);
        _pollers.Next().Post(work);
        await work.Ended.Task.Within("the poller has done it");
    }

    private sealed class Work(Func<Task> begin) : IPollerWork
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        async void IPollerWork.Run()
        {
            try
            {
                await begin().ConfigureAwait(false);
                Ended.SetResult();
            }
            catch (Exception e)
            {
                Ended.SetException(e);
            }
        }
    }
}
