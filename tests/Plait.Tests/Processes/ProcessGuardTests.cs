using System.Globalization;
using System.Text;
using Plait.Native;
using Plait.Processes;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>
/// To the guard, the disposal of a launcher with children left is what the death of Plait is: its pipe closes (L24). The children here
/// have taken back their parent-death signal, as a program with file capabilities does, so that the guard alone ends them.
/// </summary>
public sealed class ProcessGuardTests
{
    private const string Deaf = "trap '' TERM; echo $$; exec tail -f /dev/null";
    private const int ExitedWith4 = 4 << 8, Killed = 9; // waitpid(2)

    private readonly ChildLauncher _launcher = new(Shared.Pollers);

    [Fact]
    public async Task PipeCloses_ChildrenLeft_AreAskedToEnd()
    {
        const string polite = "trap 'exit 4' TERM; echo $$; while :; do read -r never; done";
        (StartedProcess one, _) = await StartAsync(polite);
        (StartedProcess two, _) = await StartAsync(polite);
        await _launcher.DisposeAsync().AsTask().Within("the guard ends");
        Assert.Equal(ExitedWith4, await one.Ended);
        Assert.Equal(ExitedWith4, await two.Ended);
    }

    [Fact]
    public async Task PipeCloses_ChildIgnoresSigterm_IsKilled()
    {
        (StartedProcess child, _) = await StartAsync(Deaf);
        await _launcher.DisposeAsync().AsTask().Within("the guard ends");
        Assert.Equal(Killed, await child.Ended);
    }

    [Fact]
    public async Task PipeCloses_WhatAWrapperStarted_IsEndedToo()
    {
        (StartedProcess wrapper, int inner) = await StartAsync("trap '' TERM; sh -c 'echo $$; exec tail -f /dev/null' & exec tail -f /dev/null");
        Assert.NotEqual(wrapper.Id, inner);
        await _launcher.DisposeAsync().AsTask().Within("the guard ends");
        await Deadline.UntilAsync(() => !Lives(inner), "what the wrapper started has ended");
    }

    [Fact]
    public async Task GuardIsKilled_TheNextOne_KnowsTheChildrenThatLive()
    {
        (StartedProcess child, _) = await StartAsync(Deaf);
        int first = _launcher.GuardId;
        ProcessSignals.Send(first, Signals.Kill);
        await Deadline.UntilAsync(() => _launcher.GuardId != first && _launcher.GuardId != 0, "another guard has taken its place");

        await _launcher.DisposeAsync().AsTask().Within("the guard ends");
        Assert.Equal(Killed, await child.Ended);
    }

    [Fact]
    public async Task DisposeAsync_NeverUsed_StartsNothing() => await new ChildLauncher(Shared.Pollers).DisposeAsync();

    /// <summary>Starts a script, and returns the number that it prints when it is ready.</summary>
    private async Task<(StartedProcess Process, int Printed)> StartAsync(string script)
    {
        ChildCommand shell = Shell.Command("");
        StartedProcess process = await _launcher.StartAsync(
            new("/usr/bin/setpriv", ["--pdeathsig", "clear", "/bin/sh", "-c", script], shell.Environment));
        byte[] line = new byte[32]; // by the system call: a stream would close the pipe, of which tail(1) takes notice
        nint length = await Task.Run(() => Libc.Read(process.Output, line, line.Length)).Within("it is ready");
        return (process, int.Parse(Encoding.ASCII.GetString(line, 0, (int)length), CultureInfo.InvariantCulture));
    }

    private static bool Lives(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it has ended, maybe between the open and the read
        }
    }
}
