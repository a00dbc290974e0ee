using Plait.Chains;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>Connections of peers that a hop inside Plait has rejected (O4-33).</summary>
public sealed class RejectedPeersTests : IAsyncDisposable
{
    private static readonly ChainException s_failure = new(new("chain", 0, "obfs4", ChainStage.Grant, FailureCause.ProtocolViolated, $"the mark is missing"));

    private readonly FakeTime _time = new();
    private readonly HostServices _services;

    public RejectedPeersTests() =>
        _services = new(new Limits { MaxConnections = 4 }, new LogRecorder(), _time, new Scrubber(isUnsafe: false), pollers: Shared.Pollers);

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task DiscardAsync_PeerSendsOn_GoesOnUntilTheTimeIsOver()
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        long came = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(30));
        Task discarding = new PeerRejectedException(s_failure, near, came, TimeSpan.FromSeconds(32)).DiscardAsync(_services, CancellationToken.None);
        await far.SendAsync(new string('x', 10_000));
        await Deadline.UntilAsync(() => near.Available == 0, "what the peer sends is read");
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(discarding.IsCompleted);
        Assert.Equal(1, _services.RejectedPeers.Count);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await discarding.Within("the time is over");
        Assert.Equal(0, _services.RejectedPeers.Count);
    }

    [Fact]
    public async Task DiscardAsync_PeerEnds_IsOverAtOnce()
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        Task discarding = new PeerRejectedException(s_failure, near, _time.GetTimestamp(), TimeSpan.FromHours(1)).DiscardAsync(_services, CancellationToken.None);
        await far.SendAsync("some bytes");
        Assert.False(discarding.IsCompleted);
        await far.FinishAsync();
        await discarding.Within("the peer has ended");
    }

    [Fact]
    public async Task DiscardAsync_HalfOfAllConnectionsAreKept_TheNextIsNot()
    {
        MemoryConnection[] peers = [.. Enumerable.Range(0, 3).Select(_ => MemoryConnection.Pair().Here)];
        Task[] discarding = [.. peers.Select(peer =>
            new PeerRejectedException(s_failure, peer, _time.GetTimestamp(), TimeSpan.FromHours(1)).DiscardAsync(_services, CancellationToken.None))];
        Assert.Equal([false, false, true], discarding.Select(task => task.IsCompleted));
        _time.Advance(TimeSpan.FromHours(1));
        await Task.WhenAll(discarding).Within("the time is over");
    }
}
