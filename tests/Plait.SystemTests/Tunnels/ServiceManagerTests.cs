using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.Lifecycle;
using Plait.SystemTests.Packaging;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Tunnels;

/// <summary>Tunnels as services: notification, watchdog, socket activation, the example units.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plait-manager-").FullName;

    /// <summary>The manager's socket is in the file system, or, in containers, in the abstract namespace.</summary>
    [Theory]
    [EachForm(false)]
    [EachForm(true)]
    public async Task Notification_Readiness_Watchdog_AndEnd_AreSent(TunnelForm form, bool far)
    {
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        string path = far ? $"@{_folder}" : At("notify");
        manager.Bind(new UnixDomainSocketEndPoint(far ? $"\0{_folder}" : path));
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        string[] words = far ? pair.FarWords(FreePorts.TakeEndPoint(), At("state")) : pair.Words("--listen", $"unix:{At("near")}");
        await using RunningProgram end = RunningProgram.Start(
            PlaitProgram.Path, words,
            new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = path, ["WATCHDOG_USEC"] = "200000", ["WATCHDOG_PID"] = null });

        string ready = await NextAsync(manager);
        Assert.StartsWith("READY=1\nSTATUS=1 tunnel, 0 connections open", ready);
        string says = far ? "Bridge " : " listens at ";
        await end.Lines.WaitForAsync(line => line.Contains(says, StringComparison.Ordinal), "the end listens"); // ready when it listens, not before
        Assert.Equal("WATCHDOG=1", await NextAsync(manager));
        Assert.Equal("WATCHDOG=1", await NextAsync(manager));
        if (!far)
        {
            using Socket application = await TunnelPair.DialAsync(new UnixDomainSocketEndPoint(At("near")));
            Assert.StartsWith("STATUS=1 tunnel, 1 connection open", await NextAsync(manager, "STATUS="));
        }

        end.Terminate();
        string last;
        do
        {
            last = await NextAsync(manager);
        }
        while (last == "WATCHDOG=1");

        Assert.Equal("STOPPING=1", last);
        Assert.Equal(0, await end.WaitForExitAsync());
    }

    /// <summary>The watchdog of another process, such as a wrapper script, is not ours to feed.</summary>
    [Fact]
    public async Task Watchdog_OfAnotherProcess_IsLeftAlone()
    {
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        string path = At("notify");
        manager.Bind(new UnixDomainSocketEndPoint(path));
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", "127.0.0.1:9");
        await using RunningProgram near = RunningProgram.Start(
            PlaitProgram.Path, pair.Words("--listen", "127.0.0.1:0"),
            new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = path, ["WATCHDOG_USEC"] = "1000", ["WATCHDOG_PID"] = "1" });

        Assert.StartsWith("READY=1", await NextAsync(manager));
        near.Terminate();
        Assert.Equal("STOPPING=1", await NextAsync(manager));
        Assert.Equal(0, await near.WaitForExitAsync());
    }

    [Theory]
    [EachForm]
    public async Task SocketActivation_NearEnd_ServesAtTheGivenSocket(TunnelForm form)
    {
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        foreach (EndPoint given in new EndPoint[] { FreePorts.TakeEndPoint(), new UnixDomainSocketEndPoint(At("given")) })
        {
            await using RunningProgram activated = await ActivateAsync([given], Script(pair.Words("--listen", "systemd")));
            using Socket application = await TunnelPair.DialAsync(given); // starts Plait
            await PtPair.AssertEchoAsync(application);
        }
    }

    /// <summary>Two near ends of one plaitrc, each with the socket of its name.</summary>
    [Fact]
    public async Task SocketActivation_SeveralSockets_GoToTheTunnelsThatNameThem()
    {
        await using EchoServer first = EchoServer.Start(), second = EchoServer.Start();
        await using TunnelPair one = await TunnelPair.ServeAsync("--forward", first.EndPoint.ToString());
        await using TunnelPair two = await TunnelPair.ServeAsync("--forward", second.EndPoint.ToString());
        File.WriteAllText(At("plaitrc"), $"""
            Tunnel two connect --bridge "{two.BridgeLine}" --listen systemd:second
            Tunnel one connect --bridge "{one.BridgeLine}" --listen systemd:first

            """);
        EndPoint[] given = [FreePorts.TakeEndPoint(), FreePorts.TakeEndPoint()];
        await using RunningProgram activated = await ActivateAsync(given, Script(["connect", "-f", At("plaitrc")]), "first:second");

        foreach (EndPoint each in given)
        {
            using Socket application = await TunnelPair.DialAsync(each);
            await PtPair.AssertEchoAsync(application);
        }

        Assert.Single(first.Accepted.Snapshot());
        Assert.Single(second.Accepted.Snapshot());
    }

    /// <summary>At the far end Plait listens: its last hop is a part of it, or stands behind it as ServerTransportWire says.</summary>
    [Theory]
    [EachForm]
    public async Task SocketActivation_FarEnd_ServesAtTheGivenSocket(TunnelForm form)
    {
        await using EchoServer service = EchoServer.Start();
        IPEndPoint given = FreePorts.TakeEndPoint();
        await using RunningProgram activated = await ActivateAsync([given], Script(FarWords(form, service)), "tunnel");

        using Socket first = await TunnelPair.DialAsync(given); // starts Plait
        string line = await activated.Lines.WaitForAsync(
            line => line.StartsWith("Bridge ", StringComparison.Ordinal), $"the bridge line; {activated.ErrorLines.Tail()}");
        Assert.Contains(given.ToString(), line);
        await using RunningProgram near = RunningProgram.Start(PlaitProgram.Path, ["connect", "--bridge", line, "--listen", "-"]);
        await near.WriteAsync("hello\n");
        await near.Lines.WaitForAsync(echoed => echoed == "hello", $"the echo; {near.ErrorLines.Tail()}");
    }

    /// <summary>
    /// Restarted, as by <c>systemctl restart</c>: the old one drains, and then the new one starts. The socket stays, so that a connection which
    /// comes meanwhile waits, and is not refused.
    /// </summary>
    [Theory]
    [EachForm(false)]
    [EachForm(true)]
    public async Task SocketActivation_Restart_RefusesNoConnection(TunnelForm form, bool far)
    {
        await using EchoServer service = EchoServer.Start();
        IPEndPoint given = FreePorts.TakeEndPoint();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        string[] words = far ? FarWords(form, service) : pair.Words("--listen", "systemd");
        await using RunningProgram activated = await ActivateAsync([given], Script(words, times: 2), "tunnel");
        EndPoint entrance = given;
        RunningProgram? near = null;
        using Socket starts = await TunnelPair.DialAsync(given);
        if (far)
        {
            string line = await activated.Lines.WaitForAsync(
                line => line.StartsWith("Bridge ", StringComparison.Ordinal), $"the bridge line; {activated.ErrorLines.Tail()}");
            near = RunningProgram.Start(PlaitProgram.Path, ["connect", "--bridge", line, "--listen", $"unix:{At("near")}"]);
            await TunnelPair.ListensAsync(near);
            entrance = new UnixDomainSocketEndPoint(At("near"));
            starts.Dispose(); // a stranger, to the far end
        }

        await using RunningProgram? closed = near;
        using Socket before = far ? await TunnelPair.DialAsync(entrance) : starts;
        await PtPair.AssertEchoAsync(before);
        int old = ProcessTree.Descendants(activated.Id).First(id => ProcessTree.CommandLine(id).StartsWith(PlaitProgram.Path, StringComparison.Ordinal));
        await Tool.RunAsync("/bin/kill", ["-INT", $"{old}"]);
        await Deadline.PollAsync(() => IsDraining(old) ? "so" : null, "the old one drains");

        using Socket meanwhile = await TunnelPair.DialAsync(entrance);
        await PtPair.AssertEchoAsync(before); // by the old one
        Task waiting = PtPair.AssertEchoAsync(meanwhile);
        Assert.True(ProcessTree.IsAlive(old));
        before.Dispose();
        await waiting; // by the new one
        Assert.False(ProcessTree.IsAlive(old));
        Assert.Empty(near?.ErrorLines.Snapshot() ?? []);
    }

    /// <summary>A transport that listens at the network itself cannot take a socket.</summary>
    [Fact]
    public async Task SocketActivation_WireProgramListensItself_IsRefusedInOneLine()
    {
        await using EchoServer service = EchoServer.Start();
        IPEndPoint given = FreePorts.TakeEndPoint();
        string[] words = FarWords(TunnelForm.Programs, service);
        File.WriteAllText(At("plaitrc"), Victims.Plaitrc);
        await using RunningProgram activated = await ActivateAsync([given], Script(words), "tunnel");

        using Socket first = await TunnelPair.DialAsync(given);
        Assert.Equal(64, await activated.WaitForExitAsync());
        await activated.StreamsEnded.Within("its streams end");
        string line = Assert.Single(activated.ErrorLines, each => each.StartsWith("plait: ", StringComparison.Ordinal));
        Assert.Contains("can take neither a socket of the service manager nor several addresses; write ServerTransportWire NAME plait", line);
    }

    [Fact]
    public async Task SocketActivation_WithoutASocket_IsRefusedInOneLine()
    {
        await using RunningProgram near = RunningProgram.Start(
            PlaitProgram.Path, ["connect", "--chain", "obfs4", "--to", "127.0.0.1:9", "--arg", "cert=none", "--listen", "systemd"],
            new Dictionary<string, string?> { ["LISTEN_FDS"] = "1", ["LISTEN_PID"] = "1" });

        Assert.Equal(78, await near.WaitForExitAsync());
        await near.StreamsEnded.Within("its streams end");
        Assert.StartsWith("plait: --listen systemd: the service manager has given no socket; ", Assert.Single(near.ErrorLines.Snapshot()));
    }

    [Fact]
    public async Task ExampleUnits_AreUnderstoodBySystemd()
    {
        string analyze = Programs.Require("systemd-analyze");
        string examples = Path.Combine(PlaitProgram.RepositoryRoot, "examples");
        string[] units = [.. Directory.GetFiles(examples)
            .Where(file => file.EndsWith(".service", StringComparison.Ordinal) || file.EndsWith(".socket", StringComparison.Ordinal))];
        Assert.Equal(3, units.Length);
        foreach (string unit in units) // the program is not installed here
        {
            string text = File.ReadAllText(unit);
            File.WriteAllText(Path.Combine(_folder, Path.GetFileName(unit)),
                text.Replace("/usr/bin/plait", PlaitProgram.Path, StringComparison.Ordinal));
        }

        await Tool.RunAsync(analyze,
            ["--man=no", "--recursive-errors=no", "verify", .. units.Select(unit => Path.Combine(_folder, Path.GetFileName(unit)))]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    /// <summary>A far end at the socket "tunnel".</summary>
    private string[] FarWords(TunnelForm form, EchoServer service)
    {
        string[] words = ["serve", "--chain", TunnelPair.Chain, "--listen", "systemd:tunnel", "--forward", service.EndPoint.ToString(), "--state", At("state")];
        if (form == TunnelForm.InProcess)
        {
            return words;
        }

        File.WriteAllText(At("plaitrc"), $"{Victims.Plaitrc}ServerTransportWire obfs4 plait\n");
        return [.. words, "-f", At("plaitrc")];
    }

    /// <summary>
    /// Plait, started by a script: systemd-socket-activate prints the words, and these hold addresses. If it is to run twice, the shell keeps the
    /// sockets, as the service manager does.
    /// </summary>
    private string Script(string[] words, int times = 1)
    {
        string script = At("start"), plait = At("run");
        string quoted = string.Join(' ', words.Prepend(PlaitProgram.Path).Select(word => $"'{word}'"));
        File.WriteAllText(plait, $"#!/bin/sh\nexport LISTEN_PID=$$\nexec {quoted}\n");
        File.WriteAllText(script, $"#!/bin/sh\n{string.Concat(Enumerable.Repeat($"{plait}\n", times - 1))}exec {plait}\n");
        if (!OperatingSystem.IsWindows())
        {
            foreach (string each in new[] { script, plait })
            {
                File.SetUnixFileMode(each, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        return script;
    }

    private static async Task<RunningProgram> ActivateAsync(EndPoint[] given, string script, string names = "one")
    {
        string activate = Programs.Require("systemd-socket-activate");
        RunningProgram activated = RunningProgram.Start(activate, [
            .. given.SelectMany(place => new[] { "-l", place.ToString()! }), $"--fdname={names}", "-E", "PATH", script]);
        await activated.ErrorLines.WaitForAsync(line => line.StartsWith("Listening on", StringComparison.Ordinal), "the service manager listens");
        return activated;
    }

    /// <summary>It no longer waits for connections: its own copy of the socket, the third descriptor, is closed.</summary>
    private static bool IsDraining(int pid) => !Path.Exists($"/proc/{pid}/fd/3");

    /// <summary>The next message that is no renewed status line; or the next that begins in a certain way.</summary>
    private static async Task<string> NextAsync(Socket manager, string? begins = null)
    {
        byte[] buffer = new byte[4096];
        while (true)
        {
            int count = await manager.ReceiveAsync(buffer).Within("a message for the service manager");
            string message = Encoding.UTF8.GetString(buffer, 0, count);
            if (begins is null ? !message.StartsWith("STATUS=", StringComparison.Ordinal) : message.StartsWith(begins, StringComparison.Ordinal))
            {
                return message;
            }
        }
    }
}
