using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Program;

namespace Plait.SystemTests.Tunnels;

/// <summary>Tunnels without tor, between the published program's own ends.</summary>
public class TunnelTests
{
    private static readonly byte[] s_payload = Payload(1 << 20);

    [Fact]
    public async Task Tcp_BytesBothWays_ComeBackAsSent()
    {
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;

        using Socket application = await TunnelPair.DialAsync(address);
        await EchoAsync(application);
    }

    [Fact]
    public async Task UnixSockets_AtBothEnds_CarryBytes_AndLeaveNothing()
    {
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", "unix:" + SocketOf("service", out string folder));
        using var service = new UnixEcho(Path.Combine(folder, "service"));
        string entrance = pair.PathOf("near");
        await using RunningProgram near = await pair.ConnectAsync("--listen", "unix:" + entrance);

        using (Socket application = await TunnelPair.DialAsync(new UnixDomainSocketEndPoint(entrance)))
        {
            await EchoAsync(application);
        }

        near.Terminate();
        Assert.Equal(0, await near.WaitForExitAsync());
        Assert.False(File.Exists(entrance));
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>As ssh uses it: the application is at both ends of a pipe.</summary>
    [Fact]
    public async Task StandardStreams_CarryOneConnection_AndEndWithIt()
    {
        await using var service = new LoopbackListener(async (peer, stop) =>
        {
            byte[] asked = await peer.ReadExactlyAsync(5, stop);
            await peer.WriteAllAsync((byte[])[.. asked, .. "\n"u8], stop);
            peer.Shutdown(SocketShutdown.Send);
        });
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", service.EndPoint.ToString());
        await using RunningProgram near = RunningProgram.Start(PlaitProgram.Path, pair.Words("--listen", "-"));

        await near.WriteAsync("hello");

        Assert.Equal(0, await near.WaitForExitAsync());
        await near.StreamsEnded.Within("its streams end");
        Assert.Equal(["hello"], near.Lines.Snapshot());
        Assert.Empty(near.ErrorLines.Snapshot());
    }

    /// <summary>As an SMTP server does.</summary>
    [Fact]
    public async Task Service_ThatSpeaksFirst_IsHeardBeforeTheClientSaysAnything()
    {
        await using var service = new LoopbackListener(async (peer, stop) =>
        {
            await peer.WriteAllAsync("220 ready\r\n"u8.ToArray(), stop);
            await peer.ReadToEndAsync(stop);
        });
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;

        using Socket application = await TunnelPair.DialAsync(address);

        Assert.Equal("220 ready\r\n", Encoding.ASCII.GetString(await application.ReadExactlyAsync(11).Within("the greeting")));
    }

    [Fact]
    public async Task NamedServices_AskedByTheNearEndOrByTheApplication_AreReached_AndNothingElse()
    {
        await using EchoServer first = EchoServer.Start(), second = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", $"one={first.EndPoint}", "--forward", $"two={second.EndPoint}");
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync("--service", "two");
        await using RunningProgram closed = near;
        (RunningProgram socks, IPEndPoint port) = await pair.ListenAsync("--socks");
        await using RunningProgram socksClosed = socks;

        using Socket application = await TunnelPair.DialAsync(address);
        await EchoAsync(application);
        using Socket asking = await SocksClient.ConnectAsync(port, new DnsEndPoint("one", 80));
        await EchoAsync(asking);

        Assert.Single(first.Accepted.Snapshot());
        Assert.Single(second.Accepted.Snapshot());
        SocksRefusedException refused = await Assert.ThrowsAsync<SocksRefusedException>(() =>
            SocksClient.ConnectAsync(port, new DnsEndPoint("three", 80)));
        Assert.Equal(2, refused.Code); // not allowed
        await Assert.ThrowsAsync<SocksRefusedException>(() => SocksClient.ConnectAsync(port, first.EndPoint));
        Assert.Contains("has no service of that name",
            await socks.ErrorLines.WaitForAsync(line => line.Contains("service", StringComparison.Ordinal), "the reason"));
    }

    [Fact]
    public async Task Interrupt_Drains_ConnectionsLiveAndNewOnesAreRefused()
    {
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;
        using Socket application = await TunnelPair.DialAsync(address);
        await EchoAsync(application);

        near.Interrupt();
        await Deadline.PollAsync(() => IsRefused(address) ? "refused" : null, "the port refuses");
        (RunningProgram successor, IPEndPoint same) = await pair.ListenAgainAsync(address);
        await using RunningProgram successorClosed = successor;
        using Socket later = await TunnelPair.DialAsync(same);
        await EchoAsync(later);
        await EchoAsync(application); // by the one that drains

        Assert.False(near.Exited.IsCompleted);
        application.Dispose();
        Assert.Equal(0, await near.WaitForExitAsync());
    }

    /// <summary>Each costs what its hops cost, and waits for nothing: 3,000 of them in the long form.</summary>
    [Fact]
    public async Task Idle_ManyConnections_LiveSideBySide()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("PLAIT_IDLE"), CultureInfo.InvariantCulture, out int asked)
            ? Math.Min(asked, 3000) : 100;
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;
        var applications = new List<Socket>();
        try
        {
            foreach (int[] together in Enumerable.Range(0, count).Chunk(20))
            {
                applications.AddRange(await Task.WhenAll(together.Select(_ => TunnelPair.DialAsync(address))));
                await Task.WhenAll(applications.TakeLast(together.Length).Select(SayAsync));
            }

            Assert.Equal(count, service.Open);
            await Task.WhenAll(applications.Take(20).Select(SayAsync)); // the oldest too
            Assert.Empty(near.ErrorLines.Snapshot());
        }
        finally
        {
            applications.ForEach(application => application.Dispose());
        }

        static async Task SayAsync(Socket application)
        {
            await application.WriteAllAsync("x"u8.ToArray());
            Assert.Equal("x"u8.ToArray(), await application.ReadExactlyAsync(1).Within("the echo"));
        }
    }

    [Fact]
    public async Task UpstreamProxy_ThatDoesNotAnswer_IsNotGoneAround()
    {
        using var proxy = new ClosedPort();
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync("--proxy", $"socks5://{proxy.EndPoint}");
        await using RunningProgram closed = near;

        using Socket application = await TunnelPair.DialAsync(address);
        await Assert.ThrowsAnyAsync<SocketException>(() => application.ReadExactlyAsync(1)); // reset

        string line = await near.ErrorLines.WaitForAsync(line => line.Contains("outside connection", StringComparison.Ordinal), "the failure");
        Assert.Contains("upstream proxy", line);
        Assert.Empty(service.Accepted.Snapshot());
    }

    [Fact]
    public async Task UpstreamProxy_IsAskedForTheFarEnd()
    {
        await using RecordingProxy proxy = RecordingProxy.Start();
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync("--proxy", proxy.Uri());
        await using RunningProgram closed = near;

        using Socket application = await TunnelPair.DialAsync(address);
        await EchoAsync(application);

        Assert.Single(proxy.Requests.Snapshot());
    }

    private static async Task EchoAsync(Socket application)
    {
        Task sending = application.WriteAllAsync(s_payload);
        byte[] received = await application.ReadExactlyAsync(s_payload.Length).Within("the bytes come back");
        await sending;
        Assert.Equal(s_payload, received);
    }

    private static bool IsRefused(IPEndPoint address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(address);
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;
        }
    }

    private static string SocketOf(string name, out string folder) =>
        Path.Combine(folder = Directory.CreateTempSubdirectory("plait-unix-").FullName, name);

    private static byte[] Payload(int length)
    {
        byte[] payload = new byte[length];
        new Random(1).NextBytes(payload);
        return payload;
    }

    /// <summary>An echo at a socket in the file system.</summary>
    private sealed class UnixEcho : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        internal UnixEcho(string path)
        {
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen();
            _ = ServeAsync();
        }

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            try
            {
                using Socket peer = await _listener.AcceptAsync();
                await peer.CopyToAsync(peer, CancellationToken.None);
            }
            catch (SocketException)
            {
                // The test has ended.
            }
        }
    }
}
