using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Packaging;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Tunnels;

/// <summary>Tunnels as services: notification, watchdog, socket activation, the example units.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plait-manager-").FullName;

    [Fact]
    public async Task Notification_Readiness_Watchdog_AndEnd_AreSent()
    {
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        string path = Path.Combine(_folder, "notify");
        manager.Bind(new UnixDomainSocketEndPoint(path));
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", "127.0.0.1:9");
        await using RunningProgram near = RunningProgram.Start(
            PlaitProgram.Path, pair.Words("--listen", "127.0.0.1:0"),
            new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = path, ["WATCHDOG_USEC"] = "200000", ["WATCHDOG_PID"] = null });

        string ready = await NextAsync(manager);
        Assert.StartsWith("READY=1\nSTATUS=1 tunnel, 0 connections open", ready);
        Assert.Contains(near.Lines.Snapshot(), line => line.Contains(" listens at ", StringComparison.Ordinal)); // ready when it listens, not before
        Assert.Equal("WATCHDOG=1", await NextAsync(manager));
        Assert.Equal("WATCHDOG=1", await NextAsync(manager));
        near.Terminate();
        string last;
        do
        {
            last = await NextAsync(manager);
        }
        while (last == "WATCHDOG=1");

        Assert.Equal("STOPPING=1", last);
        Assert.Equal(0, await near.WaitForExitAsync());
    }

    /// <summary>The watchdog of another process, such as a wrapper script, is not ours to feed.</summary>
    [Fact]
    public async Task Watchdog_OfAnotherProcess_IsLeftAlone()
    {
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        string path = Path.Combine(_folder, "notify");
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
    [InlineData(false)]
    [InlineData(true)]
    public async Task SocketActivation_EitherEnd_ServesAtTheGivenSocket(bool far)
    {
        string activate = Programs.Require("systemd-socket-activate");
        await using EchoServer service = EchoServer.Start();
        IPEndPoint given = FreePorts.TakeEndPoint();
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", service.EndPoint.ToString());
        string[] words = far
            ? ["serve", "--chain", "obfs4", "--listen", "systemd:tunnel", "--forward", service.EndPoint.ToString(), "--state",
                Path.Combine(_folder, "state")]
            : pair.Words("--listen", "systemd");
        string script = Path.Combine(_folder, "start"); // systemd-socket-activate prints the words, and these hold addresses
        File.WriteAllText(script, $"#!/bin/sh\nexec '{PlaitProgram.Path}' {string.Join(' ', words.Select(word => $"'{word}'"))}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        await using RunningProgram activated = RunningProgram.Start(activate, ["-l", given.ToString(), "--fdname=tunnel", "-E", "PATH", script]);
        await activated.ErrorLines.WaitForAsync(line => line.StartsWith("Listening on", StringComparison.Ordinal), "the service manager listens");

        using Socket application = await TunnelPair.DialAsync(given); // starts Plait
        if (far)
        {
            string line = await activated.Lines.WaitForAsync(line => line.StartsWith("Bridge obfs4 ", StringComparison.Ordinal), "the bridge line");
            Assert.Contains(given.ToString(), line);
            await using RunningProgram near = RunningProgram.Start(PlaitProgram.Path, ["connect", "--bridge", line, "--listen", "-"]);
            await near.WriteAsync("hello\n");
            await near.Lines.WaitForAsync(echoed => echoed == "hello", "the echo");
        }
        else
        {
            await application.WriteAllAsync("hello"u8.ToArray());
            Assert.Equal("hello"u8.ToArray(), await application.ReadExactlyAsync(5).Within("the echo"));
        }
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

    /// <summary>The next message that is no renewed status line.</summary>
    private static async Task<string> NextAsync(Socket manager)
    {
        byte[] buffer = new byte[4096];
        while (true)
        {
            int count = await manager.ReceiveAsync(buffer).Within("a message for the service manager");
            string message = Encoding.UTF8.GetString(buffer, 0, count);
            if (!message.StartsWith("STATUS=", StringComparison.Ordinal))
            {
                return message;
            }
        }
    }
}
