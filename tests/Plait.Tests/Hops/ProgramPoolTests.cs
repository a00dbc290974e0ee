using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Plait.Chains;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Hops;
using Plait.Hops.Tunnels;
using Plait.Processes;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Hops;

/// <summary>Which processes a pool keeps, under a clock that the test moves. Their programs never come up.</summary>
public sealed class ProgramPoolTests : IAsyncDisposable
{
    private static readonly TimeSpan s_idle = TimeSpan.FromMinutes(10);

    private readonly FakeTime _time = new();
    private readonly TaskCompletionSource _mayEnd = new();
    private readonly HostServices _services;
    private bool _fails;

    public ProgramPoolTests() => _services = new(new Limits { TunnelIdleTimeout = s_idle }, NullLogger.Instance, _time, new());

    [Fact]
    public async Task Idle_OtherKeyIsBusy_IsStoppedAllTheSame()
    {
        _mayEnd.SetResult();
        await using ProgramPool<string> pool = New(limit: 4);
        (await EnterAsync(pool, "idle")).Dispose();
        for (int i = 0; i < 2; i++)
        {
            (await EnterAsync(pool, "busy")).Dispose();
            _time.Advance(s_idle / 2);
        }

        Assert.Single(pool.Programs);
        _time.Advance(s_idle / 2);
        Assert.Empty(pool.Programs);
    }

    [Fact]
    public async Task Enter_TwoConnectionsForOneNewKeyAtTheLimit_ShareTheProcess()
    {
        await using ProgramPool<string> pool = New(limit: 1);
        (await EnterAsync(pool, "old")).Dispose();
        Task<ProgramPool<string>.Lease?>[] both = [pool.EnterAsync("new", Deadline.Token), pool.EnterAsync("new", Deadline.Token)];
        Assert.All(both, entering => Assert.False(entering.IsCompleted)); // the old one is still ending
        _mayEnd.SetResult();
        ProgramPool<string>.Lease?[] leases = await Task.WhenAll(both).Within("both are let in");
        Assert.NotNull(leases[0]);
        Assert.Same(leases[0]!.Program, leases[1]?.Program);
        Assert.Null(await pool.EnterAsync("third", Deadline.Token)); // all have connections
        Array.ForEach(leases, lease => lease!.Dispose());
        (await EnterAsync(pool, "third")).Dispose();
    }

    [Fact]
    public async Task Enter_ProcessCannotBeMade_GivesItsPlaceBack()
    {
        _mayEnd.SetResult();
        await using ProgramPool<string> pool = New(limit: 1);
        _fails = true;
        await Assert.ThrowsAsync<SocketException>(() => pool.EnterAsync("x", Deadline.Token));
        _fails = false;
        (await EnterAsync(pool, "x")).Dispose();
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static async Task<ProgramPool<string>.Lease> EnterAsync(ProgramPool<string> pool, string key) =>
        Assert.IsType<ProgramPool<string>.Lease>(await pool.EnterAsync(key, Deadline.Token));

    private ProgramPool<string> New(int limit) => new(_services, new TunnelBudget(limit), _ => _fails
        ? throw new SocketException((int)SocketError.TooManyOpenSockets)
        : new(new($"pt", LaunchAsync, _services.Limits, _time, NullLogger.Instance), joint: null, _services));

    private async Task<LaunchedTransports> LaunchAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _mayEnd.Task;
        throw new LaunchException(ChainStage.Launch, FailureCause.Exited, $"it never ran");
    }
}
