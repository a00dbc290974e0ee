using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Processes;
using Plait.Tests.Support;
using Plait.Wire.Pt.Messages;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>Real children under the system's clock; the pauses between them under one that the test moves.</summary>
public sealed class TransportProcessTests : IAsyncDisposable
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly FakeTime _time = new();
    private readonly LogRecorder _log = new();
    private readonly ChildLauncher _launcher = new(Shared.Pollers);
    private readonly Channel<int> _started = Channel.CreateUnbounded<int>();
    private readonly Channel<PtMessage> _said = Channel.CreateUnbounded<PtMessage>();
    private readonly TransportProcess _process;
    private Func<CancellationToken, Task<LaunchedTransports>> _launch;
    private Task? _stop;

    public TransportProcessTests()
    {
        _launch = _ => StartAsync();
        var limits = new Limits { RestartDelayMin = s_second, RestartDelayMax = 4 * s_second };
        _process = new($"pt", token => _launch(token), limits, _time, _log);
    }

    [Fact]
    public async Task StartAsync_Succeeds_IsRunning()
    {
        Assert.NotNull(_process.Down);
        await _process.StartAsync(Deadline.Token);
        Assert.Equal(await StartedAsync(), _process.Running?.Process.Id);
        Assert.Null(_process.Down);
    }

    [Fact]
    public async Task StartAsync_Fails_IsDownAndTriedAgainUntilItRuns() // L14
    {
        bool fails = true;
        _launch = _ => fails
            ? throw new LaunchException(ChainStage.Launch, FailureCause.ProgramMissing, $"there is no program")
            : StartAsync();
        var cameUp = new TaskCompletionSource<int>();
        _process.CameUp += () => cameUp.SetResult(_process.Running!.Process.Id);
        await _process.StartAsync(Deadline.Token);
        Assert.Null(_process.Running);
        Assert.Equal(new(ChainStage.Launch, FailureCause.ProgramMissing, $"there is no program"), _process.Down);
        await PauseAsync(s_second);
        TimeSpan pause = await _time.ArmedAsync();
        fails = false;
        _time.Advance(pause);
        Assert.Equal(await StartedAsync(), await cameUp.Task.Within("it runs"));
        Assert.Null(_process.Down);
        await _log.WaitForAsync("Information 110");
        Assert.Equal(
            [
                "Debug 101: pt could not be started: there is no program; it is tried again in 1 s", // the chains that need it say why
                "Debug 101: pt could not be started: there is no program; it is tried again in 2 s",
                "Information 110: pt runs now",
            ],
            _log.Entries);
    }

    [Fact]
    public async Task StartAsync_FailsForWhatCannotPass_IsNotTriedAgain() // C21, L12
    {
        int launches = 0;
        _launch = _ =>
        {
            launches++;
            throw new LaunchException(ChainStage.Negotiation, FailureCause.ProxyRefused, $"no proxy");
        };
        await _process.StartAsync(Deadline.Token);
        Assert.False(_process.Down?.MayPass);
        _time.Advance(TimeSpan.FromHours(1));
        await StopAsync();
        Assert.Equal(1, launches);
        Assert.Empty(_log.Entries); // the host that announces its chains says why
    }

    [Fact]
    public async Task StartAsync_GivenUpByItsCaller_IsNotTriedAgain()
    {
        using var giveUp = new CancellationTokenSource();
        await giveUp.CancelAsync();
        _launch = token => Task.FromCanceled<LaunchedTransports>(token);
        await _process.StartAsync(giveUp.Token);
        Assert.Equal(FailureCause.Canceled, _process.Down?.Cause);
        await StopAsync();
        Assert.Empty(_log.Entries);
    }

    [Fact]
    public async Task ChildDies_AgainAndAgain_IsRestartedWithGrowingPauses() // L23
    {
        await _process.StartAsync(Deadline.Token);
        foreach (int pause in new[] { 1, 2, 4, 4 })
        {
            await KillAsync();
            await PauseAsync(pause * s_second);
            await ArmedAsync(RestartHistory.Steady); // the next life has begun
        }

        await StartedAsync();
        Assert.Equal(4, _process.Restarts);
        Assert.Null(_process.Down);
    }

    [Fact]
    public async Task ChildDies_InACrashLoop_IsReportedOnceAndOnceWhenItIsOver()
    {
        await _process.StartAsync(Deadline.Token);
        foreach (int pause in new[] { 1, 2, 4, 4, 4 })
        {
            await KillAsync();
            await PauseAsync(pause * s_second);
            await ArmedAsync(RestartHistory.Steady);
        }

        _time.Advance(RestartHistory.Steady);
        TimeSpan rest = await _time.ArmedAsync();
        _time.Advance(rest);
        await _log.WaitForAsync("Information 109");
        await KillAsync(); // and the next end is news again
        await PauseAsync(s_second);

        Assert.Equal(RestartHistory.Calm, RestartHistory.Steady + rest);
        Assert.Equal(
            [
                "Warning 102: pt ended with signal 9; its connections are lost, it is started again in 1 s",
                "Information 103: pt runs again",
                "Warning 102: pt ended with signal 9; its connections are lost, it is started again in 2 s",
                "Information 103: pt runs again",
                "Warning 108: pt does not stay up: 3 ends or failed starts without a minute of life in between, the last: it ended "
                + "with signal 9. It is started again and again, after 4 s at the latest; no more is said of it until it stays up",
                "Information 109: pt stays up again, after 5 ends or failed starts",
                "Warning 102: pt ended with signal 9; its connections are lost, it is started again in 1 s",
            ],
            _log.Entries.Where(entry => !entry.StartsWith("Debug", StringComparison.Ordinal)).Take(7));
    }

    [Fact]
    public async Task ChildDies_WhileItIsAway_SaysWhy()
    {
        await _process.StartAsync(Deadline.Token);
        await KillAsync();
        await _time.ArmedAsync();
        Assert.Null(_process.Running);
        Assert.Equal(
            new(ChainStage.Launch, FailureCause.Exited, $"pt ended with signal 9 and is being restarted"), _process.Down);
    }

    [Fact]
    public async Task ChildDies_AfterASteadyLife_PauseIsShortAgain() // L23
    {
        await _process.StartAsync(Deadline.Token);
        await KillAsync();
        await PauseAsync(s_second);
        await ArmedAsync(RestartHistory.Steady);
        await KillAsync();
        await PauseAsync(2 * s_second);
        await ArmedAsync(RestartHistory.Steady);
        _time.Advance(RestartHistory.Steady);
        await ArmedAsync(RestartHistory.Calm - RestartHistory.Steady);
        await KillAsync();
        await PauseAsync(s_second);
    }

    [Fact]
    public async Task Restart_Fails_IsTriedAgainAfterALongerPause()
    {
        await _process.StartAsync(Deadline.Token);
        _launch = _ => throw new LaunchException(ChainStage.Launch, FailureCause.ProgramMissing, $"it is gone");
        await KillAsync();
        await PauseAsync(s_second);
        TimeSpan pause = await _time.ArmedAsync();
        Assert.InRange(pause, 2 * s_second, 2.5 * s_second);
        Assert.Equal(FailureCause.ProgramMissing, _process.Down?.Cause);
        Assert.Contains("Warning 101: pt could not be started: it is gone; it is tried again in 2 s", _log.Entries);

        _launch = _ => StartAsync();
        _time.Advance(pause);
        await StartedAsync();
    }

    [Fact]
    public async Task DisposeAsync_ChildRuns_IsStoppedAndNotRestarted()
    {
        await _process.StartAsync(Deadline.Token);
        Task exited = _process.Running!.Process.Exited;
        await StopAsync().Within("the process is stopped");
        Assert.True(exited.IsCompleted);
        Assert.Equal(0, _process.Restarts);
        Assert.Empty(_log.Entries); // an end that was asked for is no news
    }

    [Fact]
    public async Task Restart_UnexpectedError_IsReportedAndTheProgramIsTriedAgain() // G8
    {
        await _process.StartAsync(Deadline.Token);
        _launch = _ => throw new InvalidOperationException("a bug of 192.0.2.7");
        await KillAsync();
        await PauseAsync(s_second);
        Assert.Equal(
            "Error 117: pt: an error that Plait did not expect, please report it: InvalidOperationException: a bug of [scrubbed]. Plait goes on to look after the program",
            await _log.WaitForAsync("Error 117"));
        Assert.Contains("a bug", _process.Down?.Text.ToString(), StringComparison.Ordinal);

        _launch = _ => StartAsync();
        await PauseAsync(2 * s_second);

        await StartedAsync();
        await _log.WaitForAsync("Information 110");
        Assert.Null(_process.Down);
    }

    [Fact]
    public async Task CameUp_HandlerThrows_LeavesTheProgramRunningAndLookedAfter()
    {
        _process.CameUp += () => throw new InvalidOperationException("a bug");
        await _process.StartAsync(Deadline.Token);
        await _log.WaitForAsync("Error 117");
        Assert.NotNull(_process.Running);

        await KillAsync();
        await PauseAsync(s_second);

        await StartedAsync();
        await _log.WaitForAsync("Information 103");
    }

    [Fact]
    public async Task FirstStart_NoLongerAwaited_IsReportedWhenItRuns()
    {
        var ready = new TaskCompletionSource<LaunchedTransports>();
        _launch = _ => ready.Task;
        Task start = _process.StartAsync(CancellationToken.None);
        Assert.Equal("pt has not finished its start yet", _process.Down?.Text.ToString());
        Assert.True(_process.Down?.MayPass);

        _process.IsNoLongerAwaited();
        ready.SetResult(await StartAsync());

        await start.Within("the first start is over");
        await _log.WaitForAsync("Information 110: pt runs now");
        Assert.Null(_process.Down);
    }

    [Fact]
    public async Task FirstStart_NoLongerAwaitedAndFails_IsTriedAgainWhateverTheReason()
    {
        var ready = new TaskCompletionSource<LaunchedTransports>();
        _launch = _ => ready.Task;
        Task start = _process.StartAsync(CancellationToken.None);
        _process.IsNoLongerAwaited();
        _launch = _ => StartAsync();

        ready.SetException(new LaunchException(ChainStage.Negotiation, FailureCause.ProxyRefused, $"no proxy"));

        await start.Within("the first start is over");
        await PauseAsync(s_second);
        await StartedAsync();
        await _log.WaitForAsync("Information 110");
    }

    [Fact]
    public async Task DisposeAsync_DuringAPause_Ends()
    {
        await _process.StartAsync(Deadline.Token);
        await KillAsync();
        await _time.ArmedAsync();
        await StopAsync().Within("the process is stopped");
        Assert.Equal(0, _process.Restarts);
    }

    [Fact]
    public async Task DisposeAsync_ChildBecomesReadyAtThatMoment_IsStoppedToo() // G7
    {
        var launching = new TaskCompletionSource();
        var ready = new TaskCompletionSource<LaunchedTransports>();
        await _process.StartAsync(Deadline.Token);
        _launch = _ =>
        {
            launching.SetResult();
            return ready.Task;
        };
        await KillAsync();
        await PauseAsync(s_second);
        await launching.Task.Within("it is being started again");
        LaunchedTransports late = await StartAsync();

        Task dispose = StopAsync();
        ready.SetResult(late);

        await dispose.Within("the process is stopped");
        Assert.True(late.Process.Exited.IsCompleted);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().Within("the process is stopped");
        await _launcher.DisposeAsync();
    }

    /// <summary>Its listeners close at once (G12): nothing is led to it while its output, which another process holds open, is still read.</summary>
    [Fact]
    public async Task ChildDies_ItsOutputStaysOpen_IsDownBeforeItIsRead()
    {
        _launch = _ => StartAsync(Shell.LeavesItsOutputOpen + "; exec cat");
        var readByThen = new TaskCompletionSource<bool>();
        await _process.StartAsync(Deadline.Token);
        ChildProcess child = _process.Running!.Process;
        _process.WentDown += () => readByThen.TrySetResult(child.Exited.IsCompleted);

        string holds = Assert.IsType<VersionMessage>(await _said.Reader.ReadAsync(Deadline.Token).AsTask().Within("its output is held")).Version;

        await KillAsync();

        Assert.False(await readByThen.Task.Within("it is down"));
        Process.GetProcessById(int.Parse(holds, CultureInfo.InvariantCulture)).Kill();
    }

    private Task StopAsync() => _stop ??= _process.DisposeAsync().AsTask();

    private async Task<LaunchedTransports> StartAsync(string script = Shell.UntilStdinCloses)
    {
        ChildProcess child = await ChildProcess.StartAsync(
            Shell.Command(script), _launcher, Deadline.Limit, TimeProvider.System, new(), message => _said.Writer.TryWrite(message));
        _started.Writer.TryWrite(child.Id);
        return new(child, new Dictionary<string, TransportMethod>(), new Dictionary<string, ProcessDown>(), ProxyAccepted: false);
    }

    private Task<int> StartedAsync() => _started.Reader.ReadAsync(Deadline.Token).AsTask().Within("a child is started");

    private async Task KillAsync()
    {
        using var child = Process.GetProcessById(await StartedAsync());
        child.Kill();
    }

    private async Task PauseAsync(TimeSpan atLeast)
    {
        TimeSpan pause = await _time.ArmedAsync();
        Assert.InRange(pause, atLeast, atLeast * 1.25);
        _time.Advance(pause);
    }

    private async Task ArmedAsync(TimeSpan age) => Assert.Equal(age, await _time.ArmedAsync());
}
