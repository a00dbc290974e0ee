using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>What counts as leaving while a connection is opened.</summary>
public sealed class HangUpTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EndOfWriting_IsALeaving_UnlessThePeerMayStillRead(bool mayHalfClose)
    {
        (SocketConnection watched, Socket peer, CancellationTokenSource gone) = await PairAsync();
        await using SocketConnection closed = watched;
        using Socket closedToo = peer;
        using CancellationTokenSource disposed = gone;
        Task canceled = CanceledAsync(gone.Token);
        await using (HangUp.Cancels(gone, watched, mayHalfClose))
        {
            peer.Shutdown(SocketShutdown.Send);
            if (!mayHalfClose)
            {
                await canceled.WaitAsync(Deadline.Token);
                return;
            }

            peer.Reset(); // a reset is one in either case, and comes after the end
            await canceled.WaitAsync(Deadline.Token);
        }
    }

    /// <summary>The end of writing was noticed, and is none: the watch goes on, and what the peer still does is not waited for.</summary>
    [Fact]
    public async Task EndOfWriting_OfAPeerThatMayRead_CancelsNothing()
    {
        (SocketConnection watched, Socket peer, CancellationTokenSource gone) = await PairAsync();
        await using SocketConnection closed = watched;
        using Socket closedToo = peer;
        using CancellationTokenSource disposed = gone;
        await using (HangUp.Cancels(gone, watched, mayHalfClose: true))
        {
            peer.Shutdown(SocketShutdown.Send);
            await Deadline.UntilAsync(((PolledConnection)watched).PeerHasLeft, "the end comes");
            await NextRoundAsync(watched);
            Assert.False(gone.IsCancellationRequested);
        }
    }

    [Fact]
    public async Task Closed_IsALeavingOfAPeerThatMayHalfClose()
    {
        (SocketConnection watched, Socket peer, CancellationTokenSource gone) = await PairAsync();
        await using SocketConnection closed = watched;
        using CancellationTokenSource disposed = gone;
        Task canceled = CanceledAsync(gone.Token);
        peer.Dispose();
        await Deadline.UntilAsync(() => watched.PeerHasClosed() == true, "no program has the socket any more");
        await using (HangUp.Cancels(gone, watched, mayHalfClose: true))
        {
            await canceled.WaitAsync(Deadline.Token);
        }
    }

    private static async Task<(SocketConnection Watched, Socket Peer, CancellationTokenSource Gone)> PairAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells whether a peer has closed its socket");
        (Socket here, Socket there) = await Loopback.PairAsync();
        return (SocketConnection.Of(here, Shared.Pollers), there, new());
    }

    private static Task CanceledAsync(CancellationToken token)
    {
        var canceled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(canceled.SetResult);
        return canceled.Task;
    }

    /// <summary>The poller of a connection has handled what had come for it.</summary>
    private static async Task NextRoundAsync(SocketConnection watched)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ((PolledConnection)watched).Registration.Poller!.Post(new Signals(seen));
        await seen.Task.WaitAsync(Deadline.Token);
    }

    private sealed class Signals(TaskCompletionSource seen) : IPollerWork
    {
        void IPollerWork.Run() => seen.SetResult();
    }
}
