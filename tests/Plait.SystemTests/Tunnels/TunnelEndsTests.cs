using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Program;
using Plait.SystemTests.TorNet;
using Plait.Wire.Addresses;

namespace Plait.SystemTests.Tunnels;

/// <summary>How connections of tunnels begin and end, over a chain whose directions end apart.</summary>
public sealed class TunnelEndsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plait-ends-").FullName;

    /// <summary>An application that has nothing to say, and hears what the service says first.</summary>
    [Fact]
    public async Task Application_FinishesAtOnce_HearsTheService()
    {
        await using var service = new LoopbackListener(async (peer, stop) =>
        {
            await peer.ReadToEndAsync(stop);
            await peer.WriteAllAsync("220 ready\r\n"u8.ToArray(), stop);
        });
        await using RunningProgram far = await ServeAsync("127.0.0.1", "--forward", service.EndPoint.ToString());
        await using RunningProgram near = await ConnectAsync(await BridgeLineOfAsync(far));
        for (int i = 0; i < 20; i++)
        {
            using var application = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await application.ConnectAsync(EndPointOf(near));
            application.Shutdown(SocketShutdown.Send);

            Assert.Equal("220 ready\r\n", Encoding.ASCII.GetString(await application.ReadToEndAsync().Within("the greeting")));
        }
    }

    [Fact]
    public async Task NamedService_Resets_TheApplicationMeetsAReset()
    {
        await using EchoServer service = EchoServer.Start();
        await using RunningProgram far = await ServeAsync("127.0.0.1", "--forward", $"one={service.EndPoint}");
        await using RunningProgram near = await ConnectAsync(await BridgeLineOfAsync(far), "--service", "one");
        using Socket application = await TunnelPair.DialAsync(EndPointOf(near));
        await application.WriteAllAsync("x"u8.ToArray());
        await application.ReadExactlyAsync(1);

        service.ResetConnections();

        SocketException error = await Assert.ThrowsAsync<SocketException>(() => application.ReadToEndAsync().Within("the connection ends"));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }

    /// <summary>The far end listens at all addresses; the header names the one that the client used.</summary>
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("[::]")]
    public async Task ProxyHeader_OfAWildcardListener_NamesTheAddressThatTheClientUsed(string listen)
    {
        var header = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var service = new LoopbackListener(async (peer, stop) =>
        {
            var line = new StringBuilder();
            while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal))
            {
                line.Append((char)(await peer.ReadExactlyAsync(1, stop))[0]);
            }

            header.TrySetResult(line.ToString());
        });
        await using RunningProgram far = await ServeAsync(listen, "--forward", service.EndPoint.ToString(), "--proxy-protocol", "1", "--address", "127.77.7.7:1");
        string line = await BridgeLineOfAsync(far);
        string port = _port.ToString(CultureInfo.InvariantCulture);
        await using RunningProgram near = await ConnectAsync(line.Replace("127.77.7.7:1", $"127.77.7.7:{port}", StringComparison.Ordinal));
        using Socket application = await TunnelPair.DialAsync(EndPointOf(near));

        string[] words = (await header.Task.Within("the header")).TrimEnd().Split(' ');

        Assert.Equal(["PROXY", "TCP4", "127.0.0.1", "127.77.7.7", port], [.. words[..4], words[5]]);
    }

    /// <summary>A password in a file is used, and seen by no other user.</summary>
    [Fact]
    public async Task ProxyFile_IsUsed_AndAPasswordInTheCommandLineIsWarnedOf()
    {
        await using RecordingProxy proxy = RecordingProxy.Start("user", "a pass");
        await using EchoServer service = EchoServer.Start();
        await using RunningProgram far = await ServeAsync("127.0.0.1", "--forward", service.EndPoint.ToString());
        string line = await BridgeLineOfAsync(far), file = Path.Combine(_folder, "proxy");
        File.WriteAllText(file, $"socks5://user:a pass@{proxy.EndPoint}\n");
        await using (RunningProgram near = await ConnectAsync(line, "--proxy-file", file))
        {
            using Socket application = await TunnelPair.DialAsync(EndPointOf(near));
            await application.WriteAllAsync("x"u8.ToArray());
            await application.ReadExactlyAsync(1).Within("the echo");
            Assert.Single(proxy.Requests.Snapshot());
            Assert.DoesNotContain("a pass", ProcessTree.CommandLine(near.Id), StringComparison.Ordinal);
            Assert.Empty(near.ErrorLines.Snapshot());
        }

        await using RunningProgram seen = await ConnectAsync(line, "--proxy", $"socks5://user:word@{proxy.EndPoint}");
        Assert.Contains("other users of this machine see the password after --proxy", Assert.Single(seen.ErrorLines.Snapshot()));
    }

    [Theory]
    [InlineData(66, "there is no file /nowhere/proxy; --proxy-file takes the path of a file with a proxy", "--proxy-file", "/nowhere/proxy")]
    [InlineData(64, "--proxy-file /etc/hostname: the proxy's scheme is not known", "--proxy-file", "/etc/hostname")]
    [InlineData(64, "--proxy and --proxy-file exclude each other", "--proxy", "socks5://127.0.0.1:9", "--proxy-file", "/etc/hostname")]
    public async Task ProxyFile_ThatIsWrong_IsRefusedInOneLine(int code, string part, params string[] words)
    {
        ProgramResult result = await PublishedProgram.RunAsync(["connect", "--chain", "b64", "--to", "127.0.0.1:9", "--listen", "127.0.0.1:0", .. words]);

        Assert.Contains(part, Assert.Single(result.Errors));
        Assert.Equal(code, result.Code);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private readonly int _port = FreePorts.Take();

    private async Task<RunningProgram> ServeAsync(string address, params string[] options)
    {
        RunningProgram far = RunningProgram.Start(PlaitProgram.Path, [
            "serve", "--chain", "b64", "--listen", string.Create(CultureInfo.InvariantCulture, $"{address}:{_port}"), "--state",
            Path.Combine(_folder, "state"), .. options]);
        await BridgeLineOfAsync(far);
        return far;
    }

    private static Task<string> BridgeLineOfAsync(RunningProgram far) =>
        far.Lines.WaitForAsync(line => line.StartsWith("Bridge ", StringComparison.Ordinal), "the bridge line");

    private static async Task<RunningProgram> ConnectAsync(string line, params string[] options)
    {
        RunningProgram near = RunningProgram.Start(PlaitProgram.Path, ["connect", "--bridge", line, "--listen", "127.0.0.1:0", .. options]);
        await near.Lines.WaitForAsync(each => each.Contains(" listens at ", StringComparison.Ordinal), "the near end listens");
        return near;
    }

    private static IPEndPoint EndPointOf(RunningProgram near)
    {
        string line = near.Lines.Snapshot()[0];
        Assert.True(AddressText.TryParse(line.AsSpan(line.LastIndexOf(' ') + 1), out IPEndPoint? address), line);
        return address;
    }
}
