using System.Net;
using System.Threading.Channels;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Hosting;
using Plait.Tests.Support;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Hosting;

/// <summary>A program that is slow to start delays no chain but its own.</summary>
public sealed class ChainOpenerTests
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    private readonly FakeTime _time = new();
    private readonly Channel<string> _reported = Channel.CreateUnbounded<string>();
    private readonly Dictionary<string, TaskCompletionSource> _programs = [];
    private readonly HashSet<string> _up = [];

    [Fact]
    public async Task OpenAsync_OneProgramSaysNothing_TheOthersAreReportedAtOnceAndItAfterTheGrace()
    {
        Task<IReadOnlyList<ChainStart>> opening = OpenAsync("slow", "fast");

        Up("fast");
        Assert.Equal("fast works", await ReportedAsync());
        Assert.Equal(s_grace, await _time.ArmedAsync());
        Assert.False(opening.IsCompleted);
        _time.Advance(s_grace);

        Assert.Equal("slow refuses", await ReportedAsync());
        Assert.Equal(["slow", "fast"], (await opening.Within("the start is over")).Select(chain => chain.Alias)); // in tor's order
    }

    [Fact]
    public async Task OpenAsync_AnotherComesUp_TheGraceBeginsAnew()
    {
        Task<IReadOnlyList<ChainStart>> opening = OpenAsync("slow", "fast", "second");
        Up("fast");
        await ReportedAsync();
        await _time.ArmedAsync();
        _time.Advance(s_grace / 2);
        Up("second");
        await ReportedAsync();
        Assert.Equal(s_grace, await _time.ArmedAsync());

        _time.Advance(s_grace / 2);
        Up("slow"); // it would be reported as refusing if the first grace counted

        Assert.Equal("slow works", await ReportedAsync());
        await opening.Within("the start is over");
    }

    [Fact]
    public async Task OpenAsync_NoChainWorks_IsWaitedFor()
    {
        Task<IReadOnlyList<ChainStart>> opening = OpenAsync("slow", "broken");
        Down("broken");
        Assert.Equal("broken refuses", await ReportedAsync());

        _time.Advance(TimeSpan.FromHours(1)); // a program's own limit ends its start, nothing else
        Up("slow");

        Assert.Equal("slow works", await ReportedAsync());
        await opening.Within("the start is over");
    }

    [Fact]
    public async Task OpenAsync_AllComeUp_NothingIsWaitedFor()
    {
        Task<IReadOnlyList<ChainStart>> opening = OpenAsync("one", "two");
        Up("one");
        Up("two");

        Assert.Equal(2, (await opening.Within("the start is over")).Count); // the clock stands still
    }

    [Fact]
    public async Task OpenAsync_IsGivenUp_EndsAtOnce()
    {
        using var giveUp = new CancellationTokenSource();
        Task<IReadOnlyList<ChainStart>> opening = OpenAsync(giveUp.Token, "slow");

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.Within("the start is over"));
    }

    [Fact]
    public async Task OpenAsync_UnexpectedError_EndsTheStart()
    {
        Task<IReadOnlyList<ChainStart>> opening = OpenAsync("one");

        _programs["one"].SetException(new InvalidOperationException("a bug"));

        Assert.Equal("a bug", (await Assert.ThrowsAsync<InvalidOperationException>(() => opening.Within("the start is over"))).Message);
    }

    private Task<IReadOnlyList<ChainStart>> OpenAsync(params string[] chains) => OpenAsync(CancellationToken.None, chains);

    private Task<IReadOnlyList<ChainStart>> OpenAsync(CancellationToken giveUp, params string[] chains)
    {
        foreach (string chain in chains)
        {
            _programs.Add(chain, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        var opener = new ChainOpener(new Limits { LateStartGrace = s_grace }, _time, chain => _reported.Writer.TryWrite(
            $"{chain.Alias} {(chain is ChainStart.Listening { Refusing: null } ? "works" : "refuses")}"));
        return opener.OpenAsync(
            [.. chains.Select(chain => new ChainPlan(chain, null, null))], plan => _programs[plan.Alias].Task, Open, giveUp);
    }

    private ChainStart Open(ChainPlan plan) => new ChainStart.Listening(plan.Alias, new(IPAddress.Loopback, 1), PtArguments.Empty)
    {
        Refusing = _up.Contains(plan.Alias) ? null : new(plan.Alias, null, null, ChainStage.Negotiation, FailureCause.TimedOut, $"it is late"),
    };

    private void Up(string chain)
    {
        _up.Add(chain);
        _programs[chain].SetResult();
    }

    private void Down(string chain) => _programs[chain].SetResult();

    private Task<string> ReportedAsync() => _reported.Reader.ReadAsync(Deadline.Token).AsTask().Within("a chain is reported");
}
