using System.Diagnostics;
using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Lifecycle;

/// <summary>
/// SIGTERM ends Plait within twice ExitGrace and a second, whatever its peers do, and the lock of its state goes with it. The
/// limit here has room for a busy machine, and is still below every wait that a peer can cause (LingerTimeout, OpenTimeout).
/// </summary>
public sealed partial class PromptEndTests : IDisposable
{
    private const int SignalTerminate = 15;
    private const nuint BytesToRead = 0x541b; // FIONREAD

    /// <summary>How long an end may take.</summary>
    internal static readonly TimeSpan Allowed = new Limits().EndingTimeout + TimeSpan.FromSeconds(15);

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-prompt-").FullName;

    [Fact]
    public async Task Client_ExternalHopWhoseFarSideStaysOpen_EndsAndItsSuccessorStarts()
    {
        await using EchoServer target = EchoServer.Start();
        await using var external = new LoopbackListener(HoldAsync);
        string plaitrc = Write(Plaitrc.WithDummy("", "", "plain", $"ClientTransportPlugin out socks5 {external.EndPoint}", "Alias chain out|plain"));
        await using PtHost plait = StartClient(plaitrc, "chain");
        using Socket open = await SocksClient.ConnectAsync(await plait.Method("chain"), target.EndPoint);

        plait.Program.Terminate();

        Assert.Equal(0, await plait.Program.WaitForExitAsync(Allowed));
        await using PtHost successor = StartClient(plaitrc, "chain");
        await successor.WaitForDoneAsync();
        Assert.Contains(successor.Lines, line => line.StartsWith("CMETHOD chain ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_ProxyThatIsSilent_Ends()
    {
        var asked = new TaskCompletionSource();
        await using var proxy = new LoopbackListener(async (peer, stop) =>
        {
            await peer.ReadExactlyAsync(1, stop);
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, stop);
        });
        string plaitrc = Write(Plaitrc.WithDummy("", ""));
        await using PtHost plait = PtHost.Start(new()
        {
            Program = PlaitProgram.Path, Arguments = ["-f", plaitrc], Names = ["plain"], IsServer = false, Proxy = $"socks5://{proxy.EndPoint}",
        });
        Task<Socket> opening = SocksClient.ConnectAsync(await plait.Method("plain"), new IPEndPoint(IPAddress.Loopback, 9));
        await asked.Task.Within("Plait has come to the proxy");

        plait.Program.Terminate();

        Assert.Equal(0, await plait.Program.WaitForExitAsync(Allowed));
        await Assert.ThrowsAnyAsync<Exception>(() => opening);
    }

    [Fact]
    public async Task Bridge_NetworkThatDoesNotReadAndTorThatStaysOpen_EndsAndItsSuccessorStarts()
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        string plaitrc = Write(Plaitrc.WithDummy("", "", "plain,outer", "Alias chain plain|outer"));
        await using PtHost plait = StartBridge(plaitrc, tor);
        using var network = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await network.ConnectAsync(await plait.Method("chain"));
        using var stop = new CancellationTokenSource();
        Task flood = FloodAsync(network, stop.Token); // tor sends it back, and it is not read
        await tor.WaitForOpenAsync(1);

        plait.Program.Terminate();

        Assert.Equal(0, await plait.Program.WaitForExitAsync(Allowed));
        await stop.CancelAsync();
        await flood.Within("the flood is over");
        await using PtHost successor = StartBridge(plaitrc, tor);
        await successor.Method("chain");
    }

    [Fact]
    public async Task Terminate_TorDoesNotRead_Ends()
    {
        string plaitrc = Write(Plaitrc.WithDummy("", ""));
        string[] names = [.. Enumerable.Range(0, 3000).Select(number => $"unknown{number}")]; // a line each: more than a pipe holds
        using var plait = new Process { StartInfo = Unread(plaitrc, names), EnableRaisingEvents = true };
        var exited = new TaskCompletionSource<int>();
        plait.Exited += (_, _) => exited.TrySetResult(plait.ExitCode);
        plait.Start();
        Task<string> errors = plait.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Deadline.PollAsync(() => IsFull(plait) ? plait : null, "its stdout is full");

        Assert.Equal(0, SendSignal(plait.Id, SignalTerminate));

        Assert.Equal(0, await exited.Task.Within("it ends", Allowed));
        await errors.Within("its stderr ends");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A SOCKS5 server that connects where it is asked to, and never ends what it has connected, whatever becomes of who asked.</summary>
    private static async Task HoldAsync(Socket peer, CancellationToken stop)
    {
        await peer.ReadExactlyAsync(3, stop);
        await peer.WriteAllAsync(new byte[] { 5, 0 }, stop);
        byte[] request = await peer.ReadExactlyAsync(10, stop); // an IPv4 address: the joint's
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await far.ConnectAsync(new IPEndPoint(new IPAddress(request[4..8]), (request[8] << 8) | request[9]), stop);
        await peer.WriteAllAsync(new byte[] { 5, 0, 0, 1, 0, 0, 0, 0, 0, 0 }, stop);
        await Task.Delay(Timeout.Infinite, stop);
    }

    private static async Task FloodAsync(Socket to, CancellationToken stop)
    {
        byte[] bytes = new byte[65536];
        try
        {
            while (true)
            {
                await to.WriteAllAsync(bytes, stop);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // Plait has broken it off.
        }
    }

    /// <summary>Whether the pipe of its stdout, which holds 65536 bytes, has no room for many more lines.</summary>
    private static bool IsFull(Process process)
    {
        var pipe = (PipeStream)process.StandardOutput.BaseStream;
        return Control((int)pipe.SafePipeHandle.DangerousGetHandle(), BytesToRead, out int waiting) == 0 && waiting > 50_000;
    }

    private ProcessStartInfo Unread(string plaitrc, string[] names)
    {
        var info = new ProcessStartInfo(PlaitProgram.Path, ["-f", plaitrc])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        var launch = new PtLaunch { Program = PlaitProgram.Path, Names = names, IsServer = false };
        foreach ((string name, string? value) in launch.ToEnvironment(Path.Combine(_folder, "state")))
        {
            info.Environment[name] = value;
        }

        return info;
    }

    private PtHost StartClient(string plaitrc, string name) => PtHost.Start(new()
    {
        Program = PlaitProgram.Path, Arguments = ["-f", plaitrc], Names = [name], IsServer = false, StateLocation = Path.Combine(_folder, "client"),
    });

    private PtHost StartBridge(string plaitrc, ExtOrPortDouble tor) => PtHost.Start(new()
    {
        Program = PlaitProgram.Path, Arguments = ["-f", plaitrc], Names = ["chain"], IsServer = true, ExtendedOrPort = tor,
        StateLocation = Path.Combine(_folder, "bridge"),
    });

    private string Write(string plaitrc)
    {
        string path = Path.Combine(_folder, "plaitrc");
        File.WriteAllText(path, plaitrc);
        return path;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, nuint request, out int value);
}
