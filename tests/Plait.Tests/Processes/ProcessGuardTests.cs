using System.Diagnostics;
using Plait.Processes;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>To the guard, its own disposal with ids left is what the death of Plait is: its pipe closes (L24).</summary>
public class ProcessGuardTests
{
    [Fact]
    public async Task PipeCloses_ChildrenLeft_AreAskedToEnd()
    {
        var guard = new ProcessGuard();
        using Process one = await StartAsync("echo ready; exec tail -f /dev/null");
        using Process two = await StartAsync("echo ready; exec tail -f /dev/null");
        guard.Add(one.Id);
        guard.Add(two.Id);
        await guard.DisposeAsync().AsTask().Within("the guard ends");
        Assert.Equal(128 + 15, await ExitCodeAsync(one));
        Assert.Equal(128 + 15, await ExitCodeAsync(two));
    }

    [Fact]
    public async Task PipeCloses_ChildIgnoresSigterm_IsKilled()
    {
        var guard = new ProcessGuard();
        using Process child = await StartAsync("trap '' TERM; echo ready; exec tail -f /dev/null");
        guard.Add(child.Id);
        await guard.DisposeAsync().AsTask().Within("the guard ends");
        Assert.Equal(128 + 9, await ExitCodeAsync(child));
    }

    [Fact]
    public async Task PipeCloses_ChildTakenBack_IsLeftAlone()
    {
        var guard = new ProcessGuard();
        using Process kept = await StartAsync("echo ready; exec cat");
        using Process ended = await StartAsync("echo ready; exec tail -f /dev/null");
        guard.Add(kept.Id);
        guard.Add(ended.Id);
        guard.Remove(kept.Id);
        await guard.DisposeAsync().AsTask().Within("the guard ends");
        Assert.Equal(128 + 15, await ExitCodeAsync(ended));

        await kept.StandardInput.WriteLineAsync("alive".AsMemory(), Deadline.Token);
        await kept.StandardInput.FlushAsync(Deadline.Token);
        Assert.Equal("alive", await kept.StandardOutput.ReadLineAsync(Deadline.Token).AsTask().Within("it answers"));
        kept.StandardInput.Close();
        Assert.Equal(0, await ExitCodeAsync(kept));
    }

    [Fact]
    public async Task DisposeAsync_NeverUsed_StartsNothing() => await new ProcessGuard().DisposeAsync();

    private static async Task<Process> StartAsync(string script)
    {
        Process process = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync(Deadline.Token).AsTask().Within("it is ready"));
        return process;
    }

    private static async Task<int> ExitCodeAsync(Process process)
    {
        await process.WaitForExitAsync(Deadline.Token).Within("the process ends");
        return process.ExitCode;
    }
}
