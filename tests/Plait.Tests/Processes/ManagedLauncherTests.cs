using System.Globalization;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Processes;
using Plait.Tests.Support;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Processes;

public sealed class ManagedLauncherTests : IAsyncDisposable
{
    private static readonly Limits s_limits = new();

    private readonly FakeTime _time = new();
    private readonly ChildLauncher _launcher = new(Shared.Pollers);
    private readonly LogRecorder _log = new();

    public static TheoryData<string, ChainStage, FailureCause, string> Failing => new()
    {
        { "exit 7", ChainStage.Launch, FailureCause.Exited, "pt ended during its start with exit code 7 and said nothing; run it by hand to see why: /bin/sh" },
        { "kill -9 $$", ChainStage.Launch, FailureCause.Exited, "pt ended during its start with signal 9 and said nothing; run it by hand to see why: /bin/sh" },
        {
            "echo VERSION 1; echo no route to 192.0.2.7 >&2; exit 1", ChainStage.Launch, FailureCause.Exited,
            "pt ended during its start with exit code 1; it said: no route to [scrubbed]; correct its arguments in the plugin line of the plaitrc; if they are right, see what the program said"
        },
        {
            "echo VERSION 1; echo CMETHOD-ERROR obfs4 bad cert=abc; exit 1", ChainStage.Negotiation, FailureCause.ArgumentWrong, // M30
            "pt refuses obfs4: bad cert=[scrubbed]; correct its arguments in the plugin line of the plaitrc; if they are right, see what the program said"
        },
        {
            "echo VERSION 2; " + Shell.UntilStdinCloses, ChainStage.Negotiation, FailureCause.ProtocolViolated,
            "pt: it speaks version '2' of pt-spec, and not version 1"
        },
        {
            "echo ENV-ERROR no x=y; exit 1", ChainStage.Negotiation, FailureCause.ArgumentWrong,
            "pt: it says ENV-ERROR no x=[scrubbed]; correct its arguments in the plugin line of the plaitrc; if they are right, see what the program said"
        },
        {
            "echo VERSION 1; echo PROXY-ERROR none; exit 1", ChainStage.Negotiation, FailureCause.ProxyRefused,
            "pt: it says PROXY-ERROR none"
        },
        {
            "echo VERSION 1; echo CMETHODS DONE; " + Shell.UntilStdinCloses, ChainStage.Negotiation, FailureCause.ArgumentWrong,
            "pt has no transport obfs4; install a version of pt that has it, or correct the name in the plaitrc"
        },
        {
            "echo VERSION 1; echo ENV-ERROR need TOR_PT_SERVER_TRANSPORTS; exit 1", ChainStage.Negotiation, FailureCause.ArgumentWrong,
            "pt: it says ENV-ERROR need TOR_PT_SERVER_TRANSPORTS; name the program of a client in this plugin line: pt is for the other side"
        },
        {
            "echo usage: obfs-local; echo SS_LOCAL_PORT >/dev/null; exit 1", ChainStage.Launch, FailureCause.Exited,
            "pt ended during its start with exit code 1; it said: usage: obfs-local; correct its arguments in the plugin line of the plaitrc; if they are right, see what the program said"
        },
    };

    [Theory]
    [MemberData(nameof(Failing))]
    public async Task LaunchAsync_Fails_SaysStageCauseAndWhatTheChildSaid(string script, ChainStage stage, FailureCause cause, string text)
    {
        LaunchException error = await Assert.ThrowsAsync<LaunchException>(() => LaunchAsync(script).Within("the launch ends"));
        Assert.Equal((stage, cause, text), (error.Stage, error.Cause, error.Down.Sentence.ToString()));
    }

    [Fact]
    public async Task LaunchAsync_ChildIsSilent_IsGivenUpAndEnded() // M31
    {
        using var folder = new TemporaryFolder();
        Task<LaunchedTransports> launch = LaunchAsync($"echo $$ >'{folder["pid"]}'; {Shell.UntilStdinCloses}; echo done >'{folder["end"]}'");
        TimeSpan silence = await _time.ArmedAsync();
        _time.Advance(silence);
        Assert.Equal("Warning 118: pt has printed no VERSION for 3 s: a pluggable transport does so at once; check that it is one. "
            + "Plait waits until 20 s are over (StartTimeout)", await _log.WaitForAsync("Warning 118"));
        TimeSpan rest = await _time.ArmedAsync();
        Assert.Equal(s_limits.StartTimeout, silence + rest);
        _time.Advance(rest);

        LaunchException error = await Assert.ThrowsAsync<LaunchException>(() => launch.Within("the launch ends"));

        Assert.Equal((ChainStage.Negotiation, FailureCause.TimedOut), (error.Stage, error.Cause));
        Assert.Equal("pt said nothing within 20 s, and a pluggable transport prints VERSION at once", error.Message);
        Assert.True(File.Exists(folder["end"]), "the child was not asked to end");
        int id = int.Parse(File.ReadAllText(folder["pid"]), CultureInfo.InvariantCulture);
        Assert.False(Directory.Exists($"/proc/{id}"), "the child lives");
    }

    [Fact]
    public async Task LaunchAsync_Canceled_LeavesNoProcess()
    {
        using var folder = new TemporaryFolder();
        using var cancel = new CancellationTokenSource();
        Task<LaunchedTransports> launch = LaunchAsync($"{Shell.UntilStdinCloses}; echo done >'{folder["end"]}'", cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => launch.Within("the launch ends"));
        Assert.True(File.Exists(folder["end"]), "the child was not asked to end");
    }

    [Fact]
    public async Task LaunchAsync_Done_KnowsWhatIsOfferedAndTheChildRuns()
    {
        LaunchedTransports launched = await LaunchAsync(
            "echo VERSION 1; echo PROXY DONE; echo CMETHOD obfs4 socks5 127.0.0.1:7; echo CMETHODS DONE; " + Shell.UntilStdinCloses)
            .Within("the launch ends");
        Assert.True(launched.ProxyAccepted);
        Assert.Equal(["obfs4"], launched.Methods.Keys);
        Assert.Empty(launched.Refused);
        Assert.False(launched.Process.Exited.IsCompleted);
        await launched.Process.DisposeAsync();
    }

    [Fact]
    public async Task LaunchAsync_ChildsWords_AreLoggedScrubbedAtTheirLevel() // M54, G5
    {
        LaunchedTransports launched = await LaunchAsync("""
            echo 'LOG SEVERITY=warning MESSAGE="lost 192.0.2.7:1"'
            echo 'LOG SEVERITY=notice MESSAGE=hello'
            echo 'LOG SEVERITY=debug MESSAGE=detail'
            echo 'LOG SEVERITY=warn MESSAGE=x'
            echo 'SURPRISE cert=abc'
            echo VERSION 1; echo CMETHOD obfs4 socks5 127.0.0.1:7; echo CMETHODS DONE
            """ + "\n" + Shell.UntilStdinCloses).Within("the launch ends");
        IReadOnlyList<string> entries = _log.Entries;
        Assert.Equal(
            ["Warning 104: pt: lost [scrubbed]", "Information 104: pt: hello", "Debug 104: pt: detail", "Debug 106: pt printed an unknown line: SURPRISE"],
            entries.Where(entry => !entry.Contains(" 105: ", StringComparison.Ordinal)));
        Assert.StartsWith("Information 105: pt printed a LOG line that is not understood: ", entries[3], StringComparison.Ordinal);
        await launched.Process.DisposeAsync();
    }

    public ValueTask DisposeAsync() => _launcher.DisposeAsync();

    private Task<LaunchedTransports> LaunchAsync(string script, CancellationToken? cancellationToken = null) =>
        new ManagedLauncher(_launcher, s_limits, _time, _log, new())
            .LaunchAsync(new($"pt", PtRole.Client, ["obfs4"], Shell.Command(script)), s_limits.StartTimeout, cancellationToken ?? Deadline.Token);
}
