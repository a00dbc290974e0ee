using System.Net.Sockets;
using System.Runtime.Versioning;
using Plait.Hosting;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.Program;
using Plait.SystemTests.Surroundings;

namespace Plait.SystemTests.Lifecycle;

/// <summary>
/// Programs that are harder to end than a child that Plait executes itself: no process of theirs outlives Plait (G7), and none ends
/// before it. None of them heeds its stdin, so that its end is Plait's doing. obfs4proxy has a parent-death signal of its own.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class WrappedProgramTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plait-wrapped-");

    public WrappedProgramTests() => OpenTo.Writers(_folder.FullName);

    /// <summary>How the program is wrapped.</summary>
    public enum Wrapping
    {
        /// <summary>A script that forks a program, and waits. The program ignores SIGTERM too.</summary>
        Forks,

        /// <summary>A script that becomes a program with a parent-death signal.</summary>
        ParentDeathSignal,

        /// <summary>A program with a file capability, run by a user that is not root. Executing it clears a parent-death signal (prctl(2)).</summary>
        FileCapability,
    }

    [Theory]
    [InlineData(Wrapping.Forks)]
    [InlineData(Wrapping.ParentDeathSignal)]
    [InlineData(Wrapping.FileCapability)]
    public async Task Kill_WrappedProgram_LeavesNoProcess(Wrapping wrapping)
    {
        await using PtHost plait = await StartAsync(wrapping);
        IReadOnlyList<int> family = ProcessTree.Descendants(plait.Program.Id);
        Assert.Contains(family, IsTransport);

        plait.Program.Kill();

        await ProcessTree.WaitUntilGoneAsync(family);
    }

    [Theory]
    [InlineData(Wrapping.Forks)]
    [InlineData(Wrapping.ParentDeathSignal)]
    [InlineData(Wrapping.FileCapability)]
    public async Task End_WrappedProgram_LeavesNoProcess(Wrapping wrapping)
    {
        await using PtHost plait = await StartAsync(wrapping);
        IReadOnlyList<int> family = ProcessTree.Descendants(plait.Program.Id);
        Assert.Contains(family, IsTransport);

        Assert.Equal(0, await plait.CloseStdinAndWaitAsync());

        await ProcessTree.WaitUntilGoneAsync(family);
    }

    /// <summary>The same of a host inside another program.</summary>
    [Fact]
    public async Task DisposeAsync_ScriptThatForks_LeavesNoProcess()
    {
        string wrapper = await WriteWrapperAsync($"{Programs.DummyTransport} --ignore-stdin --ignore-sigterm & wait");
        ClientHost client = await Hosts.StartClientAsync(
            Hosts.Settings($"ClientTransportPlugin plain exec {wrapper}\n"), _folder.CreateSubdirectory("state").FullName, ["plain"]);
        IReadOnlyList<int> family = await ProcessTree.WaitForDescendantsAsync(
            Assert.Single(client.Processes).Running!.Process.Id, 1);

        await client.DisposeAsync();

        await ProcessTree.WaitUntilGoneAsync(family);
    }

    /// <summary>
    /// The kernel sends the signal when the thread that forked ends, not the process (L10). So that thread lives as long as Plait: it is the
    /// same for each start, and none of the runtime's pool, whose threads come and go.
    /// </summary>
    [Fact]
    public async Task Restart_ParentDeathSignal_IsStartedByTheSameThread()
    {
        await using PtHost plait = await StartAsync(Wrapping.ParentDeathSignal);
        int first = ProcessTree.Descendants(plait.Program.Id).Single(IsTransport);
        int starter = TaskList.StarterOf(plait.Program.Id, first);
        System.Diagnostics.Process.GetProcessById(first).Kill();
        int second = (await Deadline.PollAsync<IReadOnlyList<int>>(
            () => ProcessTree.Descendants(plait.Program.Id).Where(id => id != first && IsTransport(id)).ToList() is { Count: 1 } found ? found : null,
            "the program runs again"))[0];

        Assert.Equal(starter, TaskList.StarterOf(plait.Program.Id, second));
        Assert.DoesNotContain(".NET", TaskList.NameOf(plait.Program.Id, starter), StringComparison.Ordinal);

        using Socket greeting = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await greeting.ConnectAsync(await plait.Method("obfs3"));
        await greeting.WriteAllAsync(new byte[] { 5, 1, 0 });
        Assert.Equal([5, 0], await greeting.ReadExactlyAsync(2).Within("an answer"));
        Assert.True(ProcessTree.IsAlive(second));
    }

    /// <summary>In a container without an init process, the orphans of a wrapper that died are Plait's to reap.</summary>
    [Fact]
    public async Task Process1_OrphanOfAWrapper_IsReaped()
    {
        await using PtHost plait = await StartAsync(Wrapping.Forks, "--pid1", "--proc", "");
        int first = ProcessTree.Descendants(plait.Program.Id)[0]; // below confine
        int orphan = ProcessTree.Descendants(first).Single(IsTransport);
        int wrapper = ProcessTree.Descendants(first).Single(id => ProcessTree.Descendants(id).Contains(orphan));

        System.Diagnostics.Process.GetProcessById(wrapper).Kill();

        await ProcessTree.WaitUntilGoneAsync([wrapper, orphan]);
        await Deadline.PollAsync(() => ProcessTree.Unreaped(first) == 0 ? "none" : null, "no child of process 1 is a zombie");
        await plait.Lines.WaitForAsync(line => line.Contains("signal 9", StringComparison.Ordinal), "how its own child ended, which is not taken for an orphan");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static bool IsTransport(int process)
    {
        try
        {
            return Path.GetFileName(new FileInfo($"/proc/{process}/exe").LinkTarget) is { } name
                && (name.StartsWith("obfs4proxy", StringComparison.Ordinal) || name == "dummy-transport");
        }
        catch (IOException)
        {
            return false; // it has ended
        }
    }

    private async Task<PtHost> StartAsync(Wrapping wrapping, params string[] surrounding)
    {
        await PublishedProgram.RequireNativeAsync();
        string obfs4proxy = Programs.Require("obfs4proxy");
        string script = wrapping switch
        {
            Wrapping.Forks => $"{Programs.DummyTransport} --ignore-stdin --ignore-sigterm & wait",
            Wrapping.ParentDeathSignal => $"exec {Programs.Require("setpriv")} --pdeathsig TERM {obfs4proxy}",
            _ => $"exec {await WithCapabilityAsync(obfs4proxy)}",
        };
        string wrapper = await WriteWrapperAsync(script);
        string plaitrc = Path.Combine(_folder.FullName, "plaitrc");
        await File.WriteAllTextAsync(plaitrc, $"ClientTransportPlugin obfs3 exec {wrapper}\n");
        OpenTo.Everybody(plaitrc);
        string state = _folder.CreateSubdirectory("state").FullName;
        OpenTo.Writers(state);
        string program = PlaitProgram.CopyTo(_folder.FullName);
        OpenTo.Everybody(program);
        string[] options = wrapping == Wrapping.FileCapability ? ["--user", Confine.NextUser()] : surrounding;
        PtHost plait = PtHost.Start(new()
        {
            Program = await Confine.RequireAsync(options),
            Arguments = [.. options, "--", program, "-f", plaitrc],
            Names = ["obfs3"],
            IsServer = false,
            StateLocation = state,
        });
        await plait.WaitForDoneAsync();
        await plait.Lines.WaitForAsync(line => line.Contains("CHILD=\"Started\"", StringComparison.Ordinal), "the program runs");
        return plait;
    }

    private async Task<string> WriteWrapperAsync(string script)
    {
        string wrapper = Path.Combine(_folder.FullName, "wrapper");
        await File.WriteAllTextAsync(wrapper, $"#!/bin/sh\nexport TOR_PT_EXIT_ON_STDIN_CLOSE=0\n{script}\n");
        OpenTo.Everybody(wrapper);
        return wrapper;
    }

    /// <summary>A copy of a program with a capability that obfs4proxy at a low port has.</summary>
    private async Task<string> WithCapabilityAsync(string program)
    {
        string copy = Path.Combine(_folder.FullName, "obfs4proxy-with-capability");
        File.Copy(program, copy, overwrite: true);
        OpenTo.Everybody(copy);
        await using RunningProgram setcap = RunningProgram.Start(Programs.Require("setcap"), ["cap_net_bind_service=ep", copy]);
        if (await setcap.WaitForExitAsync() != 0)
        {
            await setcap.StreamsEnded.Within("the end of setcap's streams");
            Programs.SkipOrFail($"no file capability can be set here: {string.Join(' ', setcap.ErrorLines)}");
        }

        return copy;
    }
}
