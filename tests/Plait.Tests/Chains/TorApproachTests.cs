using System.Net;
using Plait.Chains.Server;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Chains;

public class TorApproachTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly FakeTime _time = new();
    private readonly Tor _tor = new();

    [Fact]
    public async Task TakeAsync_Once_ItIsTheTakersAlone()
    {
        TorApproach approach = Begin();
        _tor.Answers();
        InnerConnection? taken = await approach.TakeAsync(Deadline.Token);
        Assert.NotNull(taken);
        Assert.Null(await approach.TakeAsync(Deadline.Token));
        approach.Dispose();
        _time.Advance(s_patience);
        Assert.False(_tor.Closed.Task.IsCompleted);
    }

    [Fact] // G7
    public async Task Dispose_NotTaken_IsClosed()
    {
        TorApproach approach = Begin();
        _tor.Answers();
        approach.Dispose();
        await _tor.Closed.Task.Within("it is closed");
        Assert.Null(await approach.TakeAsync(Deadline.Token));
    }

    [Fact]
    public async Task Dispose_NotAnswered_IsGivenUp()
    {
        TorApproach approach = Begin();
        approach.Dispose();
        Assert.True(_tor.GivenUp.IsCancellationRequested);
        Assert.Null(await approach.TakeAsync(Deadline.Token).Within("there is nothing to take"));
    }

    [Fact] // G6: a client that stays where it is holds nothing of tor's
    public async Task Patience_NotTaken_IsClosed()
    {
        TorApproach approach = Begin();
        _tor.Answers();
        _time.Advance(s_patience);
        await _tor.Closed.Task.Within("it is closed");
        Assert.Null(await approach.TakeAsync(Deadline.Token));
    }

    [Fact]
    public async Task Patience_TorDoesNotAnswer_EndsTheTakersWaitToo()
    {
        TorApproach approach = Begin();
        Task<InnerConnection?> taking = approach.TakeAsync(Deadline.Token);
        Assert.False(taking.IsCompleted);
        _time.Advance(s_patience);
        Assert.Null(await taking.Within("its taker has waited long enough"));
    }

    [Fact]
    public async Task TakeAsync_TakerLeaves_IsClosed()
    {
        using var leaving = new CancellationTokenSource();
        Task<InnerConnection?> taking = Begin().TakeAsync(leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking.Within("the taker has left"));
        Assert.True(_tor.GivenUp.IsCancellationRequested);
    }

    [Fact] // what tor says to the second attempt is told
    public async Task TakeAsync_TorRefuses_IsNoApproach()
    {
        TorApproach approach = Begin();
        _tor.Refuses();
        Assert.Null(await approach.TakeAsync(Deadline.Token));
    }

    private TorApproach Begin() => new(_tor, new(IPAddress.Loopback, 5), "a_b", s_patience, _time);

    private sealed class Tor : TorDialer
    {
        private readonly TaskCompletionSource<InnerConnection> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken GivenUp { get; private set; }

        public void Answers() => _answer.TrySetResult(new((_, _) => Task.FromResult<ByteConnection>(null!), () => Closed.SetResult()));

        public void Refuses() => _answer.SetException(new TorRefusedException(FailureCause.NotPermitted, $"no"));

        internal override async Task<InnerConnection> ApproachAsync(IPEndPoint? client, string alias, CancellationToken cancellationToken)
        {
            GivenUp = cancellationToken;
            Task stopped = Task.Delay(Timeout.Infinite, cancellationToken);
            return await Task.WhenAny(_answer.Task, stopped) == stopped && !_answer.Task.IsCompleted
                ? throw new OperationCanceledException(cancellationToken)
                : await _answer.Task;
        }
    }
}
