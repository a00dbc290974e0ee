using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Plait.Processes;
using Plait.Tests.Support;
using Plait.Wire.Pt.Messages;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>The clock stands still: a child that ends, ends without it, unless the test moves it.</summary>
public sealed class ChildProcessTests : IAsyncLifetime
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private readonly FakeTime _time = new();
    private readonly ChildLauncher _launcher = new(Shared.Pollers);
    private readonly TemporaryFolder _folder = new();
    private readonly Channel<PtMessage> _messages = Channel.CreateUnbounded<PtMessage>();
    private ChildProcess? _child;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_child is not null)
        {
            await _child.DisposeAsync().AsTask().Within("the child ends");
        }

        await _launcher.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Start_Environment_IsWhatWasGivenAndNoMore() // E2, C31
    {
        await StartAsync("echo \"VERSION ${HOME-unset}:${EMPTY-unset}:$SET\"", ("EMPTY", ""), ("SET", "a=b"));
        Assert.Equal(new VersionMessage("unset::a=b"), await MessageAsync());
    }

    [Fact]
    public async Task Start_Arguments_AreSeenByNoShell()
    {
        await StartAsync(new ChildCommand("/bin/echo", ["VERSION", "$HOME;'\"*\\"], Shell.Command("").Environment));
        Assert.Equal(new VersionMessage("$HOME;'\"*\\"), await MessageAsync());
    }

    [Fact]
    public async Task Start_TheProgram_HasTheIdThatTheGuardWatches()
    {
        ChildProcess child = await StartAsync("echo VERSION $$");
        Assert.Equal(new VersionMessage(child.Id.ToString(CultureInfo.InvariantCulture)), await MessageAsync());
    }

    [Fact]
    public async Task StartAsync_BytesThatAreNotUtf8_ReachTheChildAsTheyAre() // SystemText
    {
        ChildCommand shell = Shell.Command(
            "echo VERSION $(printf '%s:%s' \"$1\" \"$VALUE\" | od -An -tx1 | tr -d '[:space:]')", ("VALUE", "\udc80z\u00e9"));
        await StartAsync(shell with { Arguments = [.. shell.Arguments, "sh", "a\udcff"] });
        Assert.Equal(new VersionMessage("61ff3a807ac3a9"), await MessageAsync());
    }

    [Fact]
    public async Task StartAsync_NoSuchProgram_SaysSo()
    {
        Win32Exception error = await Assert.ThrowsAsync<Win32Exception>(
            () => StartAsync(new ChildCommand("/no/such/pt", [], Shell.Command("").Environment)));
        Assert.Equal("No such file or directory", error.Message);
    }

    [Fact]
    public async Task StartAsync_TheChild_LeadsAGroupOfItsOwnWithNothingOfOurs()
    {
        await StartAsync("read -r _ _ _ _ group session _ </proc/$$/stat; echo VERSION $(ls /proc/self/fd | wc -l):$((group == $$)):$((session == $$)); " + Shell.UntilStdinCloses);
        Assert.Equal(new VersionMessage("4:1:1"), await MessageAsync()); // three streams, and the folder that ls reads
    }

    [Fact]
    public async Task StartAsync_Signals_AreAsOurParentLeftThem() // the runtime ignores SIGPIPE; a shell that runs tests in the background, SIGINT and SIGQUIT
    {
        const ulong brokenPipe = 1ul << (13 - 1);
        string ignored = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..];
        ulong expected = ulong.Parse(ignored, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & ~brokenPipe;
        await StartAsync("echo VERSION $(grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -d '[:space:]')");
        Assert.Equal($"VERSION SigBlk:{0:x16}SigIgn:{expected:x16}", (await MessageAsync()).Format());
    }

    [Fact]
    public async Task StopAsync_ChildThatMindsItsStdin_EndsByItself() // L21
    {
        ChildProcess child = await StartAsync(Shell.UntilStdinCloses + "; echo BYE; exit 3");
        Task stop = child.StopAsync();
        Assert.Same(stop, child.StopAsync()); // L4
        await stop.Within("the child ends");
        Assert.Equal(new UnknownMessage("BYE"), await MessageAsync());
        Assert.Equal("exit code 3", child.ExitText.ToString());
    }

    [Fact]
    public async Task StopAsync_ChildThatIgnoresItsStdin_GetsSigtermAfterTheGrace()
    {
        ChildProcess child = await StartAsync(Deaf("trap 'echo TERM; exit 4' TERM"));
        Assert.Equal(new UnknownMessage("READY"), await MessageAsync());
        Task stop = child.StopAsync();
        Assert.Equal(s_grace, await _time.ArmedAsync());
        Assert.False(child.Exited.IsCompleted);
        _time.Advance(s_grace);
        Assert.Equal(new UnknownMessage("TERM"), await MessageAsync());
        await stop.Within("the child ends");
        Assert.Equal("exit code 4", child.ExitText.ToString());
    }

    [Fact]
    public async Task StopAsync_ChildThatIgnoresSigtermToo_IsKilled()
    {
        ChildProcess child = await StartAsync(Deaf("trap 'echo TERM' TERM"));
        Assert.Equal(new UnknownMessage("READY"), await MessageAsync());
        Task stop = child.StopAsync();
        Assert.Equal(s_grace, await _time.ArmedAsync());
        _time.Advance(s_grace);
        Assert.Equal(new UnknownMessage("TERM"), await MessageAsync());
        Assert.Equal(s_grace, await _time.ArmedAsync());
        Assert.False(child.Exited.IsCompleted);
        _time.Advance(s_grace);
        await stop.Within("the child ends");
        Assert.Equal("signal 9", child.ExitText.ToString());
    }

    [Fact]
    public async Task LastWords_AreTheLastLinesOfStderr_Scrubbed() // G5
    {
        ChildProcess child = await StartAsync("printf 'one\\ntwo\\n\\nto 192.0.2.7:1\\ncert=abc\\nrest' >&2");
        await child.Exited.Within("the child ends");
        Assert.Equal("to [scrubbed] / cert=[scrubbed] / rest", child.Words.Lately.ToString());
    }

    [Fact]
    public async Task Messages_LineOfAMegabyte_IsCutAndTheNextOnesAreHeard() // M4
    {
        await StartAsync("echo VERSION 1; head -c 1000000 /dev/zero | tr '\\0' x; echo; echo VERSION 2");
        Assert.Equal(new VersionMessage("1"), await MessageAsync());
        Assert.Equal(new UnknownMessage(""), await MessageAsync());
        Assert.Equal(new VersionMessage("2"), await MessageAsync());
    }

    [Fact]
    public async Task Messages_LineWithoutItsEnd_IsNone() // M4
    {
        ChildProcess child = await StartAsync("printf 'VERSION 1\\nVERSION 2'");
        await child.Exited.Within("the child ends");
        Assert.Equal(new VersionMessage("1"), await MessageAsync());
        Assert.False(_messages.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Stderr_MoreThanAPipeHolds_DoesNotStopTheChild() // M5
    {
        await StartAsync("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo VERSION 1");
        Assert.Equal(new VersionMessage("1"), await MessageAsync());
    }

    [Fact]
    public async Task Exited_GrandchildKeepsStdoutOpen_IsNotWaitedForLong()
    {
        ChildProcess child = await StartAsync(Shell.LeavesItsOutputOpen + "; exit 5");
        var grandchild = Process.GetProcessById(
            int.Parse(Assert.IsType<VersionMessage>(await MessageAsync()).Version, CultureInfo.InvariantCulture));
        try
        {
            TimeSpan wait = await _time.ArmedAsync();
            Assert.False(child.Exited.IsCompleted);
            _time.Advance(wait);
            await child.Exited.Within("the end is told");
            Assert.Equal("exit code 5", child.ExitText.ToString());
        }
        finally
        {
            grandchild.Kill();
        }
    }

    private Task<ChildProcess> StartAsync(string script, params (string Name, string Value)[] variables) =>
        StartAsync(Shell.Command(script, variables));

    private async Task<ChildProcess> StartAsync(ChildCommand command) =>
        _child = await ChildProcess.StartAsync(command, _launcher, s_grace, _time, new(), message => _messages.Writer.TryWrite(message));

    // Waits for what never comes, without a child of its own that could outlive it.
    private string Deaf(string trap) =>
        $"mkfifo '{_folder["never"]}'; exec 3<>'{_folder["never"]}'; {trap}; echo READY; while :; do read -r never <&3; done";

    private Task<PtMessage> MessageAsync() => _messages.Reader.ReadAsync(Deadline.Token).AsTask().Within("the child says something");
}
