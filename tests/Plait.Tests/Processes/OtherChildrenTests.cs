using System.Diagnostics;
using Plait.Chains;
using Plait.Native;
using Plait.Processes;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>A host in an application leaves the application's own children alone.</summary>
public sealed class OtherChildrenTests
{
    public OtherChildrenTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Plait starts programs on Linux only");

    [Fact]
    public async Task Process_BesideAHost_KeepsItsExitCode()
    {
        await using HostServices services = Services();
        for (int code = 1; code <= 20; code++)
        {
            using Process theirs = Start($"exit {code}");
            StartedProcess ours = await services.Children.StartAsync(Shell.Command($"exit {code + 20}"));
            Assert.Equal(code + 20 << 8, await ours.Ended.Within("the host's child ends"));
            await theirs.WaitForExitAsync(Deadline.Token);
            Assert.Equal(code, theirs.ExitCode);
            Close(ours);
        }
    }

    [Fact]
    public async Task Process_WhenTheHostEnds_GoesOn()
    {
        using Process theirs = Start("read line; exit 7");
        await using (HostServices services = Services())
        {
            StartedProcess ours = await services.Children.StartAsync(Shell.Command("read line; exit 8"));
            await services.DisposeAsync();
            Assert.True(await ours.Ended.Within("the host's child is ended") is Signals.Terminate or Signals.Kill);
            Close(ours);
        }

        Assert.False(theirs.HasExited);
        await theirs.StandardInput.WriteLineAsync();
        await theirs.WaitForExitAsync(Deadline.Token);
        Assert.Equal(7, theirs.ExitCode);
    }

    private static HostServices Services() => new(new(), new LogRecorder(), TimeProvider.System, new());

    private static Process Start(string script) =>
        Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardInput = true })!;

    private static void Close(StartedProcess process)
    {
        process.Input.Dispose();
        process.Output.Dispose();
        process.Errors.Dispose();
    }
}
