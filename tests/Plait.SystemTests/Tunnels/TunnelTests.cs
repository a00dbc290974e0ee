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

    [Theory]
    [EachForm]
    public async Task Tcp_BytesBothWays_ComeBackAsSent(TunnelForm form)
    {
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;

        using Socket application = await TunnelPair.DialAsync(address);
        await EchoAsync(application);
    }

    [Theory]
    [EachForm]
    public async Task UnixSockets_AtBothEnds_CarryBytes_AndLeaveNothing(TunnelForm form)
    {
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", "unix:" + SocketOf("service", out string folder));
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
    [Theory]
    [EachForm]
    public async Task StandardStreams_CarryOneConnection_AndEndWithIt(TunnelForm form)
    {
        await using var service = new LoopbackListener(async (peer, stop) =>
        {
            byte[] asked = await peer.ReadExactlyAsync(5, stop);
            await peer.WriteAllAsync((byte[])[.. asked, .. "\n"u8], stop);
            peer.Shutdown(SocketShutdown.Send);
        });
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        await using RunningProgram near = RunningProgram.Start(PlaitProgram.Path, pair.Words("--listen", "-"));

        await near.WriteAsync("hello");

        Assert.Equal(0, await near.WaitForExitAsync());
        await near.StreamsEnded.Within("its streams end");
        Assert.Equal(["hello"], near.Lines.Snapshot());
        Assert.Empty(near.ErrorLines.Snapshot());
    }

    /// <summary>As an SMTP server does.</summary>
    [Theory]
    [EachForm]
    public async Task Service_ThatSpeaksFirst_IsHeardBeforeTheClientSaysAnything(TunnelForm form)
    {
        await using var service = new LoopbackListener(async (peer, stop) =>
        {
            await peer.WriteAllAsync("220 ready\r\n"u8.ToArray(), stop);
            await peer.ReadToEndAsync(stop);
        });
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;

        using Socket application = await TunnelPair.DialAsync(address);

        Assert.Equal("220 ready\r\n", Encoding.ASCII.GetString(await application.ReadExactlyAsync(11).Within("the greeting")));
    }

    [Theory]
    [EachForm]
    public async Task NamedServices_AskedByTheNearEndOrByTheApplication_AreReached_AndNothingElse(TunnelForm form)
    {
        await using EchoServer first = EchoServer.Start(), second = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", $"one={first.EndPoint}", "--forward", $"two={second.EndPoint}");
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
        await socks.ErrorLines.WaitForAsync(line => line.Contains("has no service of that name", StringComparison.Ordinal), "the reason");
    }

    [Theory]
    [EachForm]
    public async Task UpstreamProxy_ThatDoesNotAnswer_IsNotGoneAround(TunnelForm form)
    {
        using var proxy = new ClosedPort();
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync("--proxy", $"socks5://{proxy.EndPoint}");
        await using RunningProgram closed = near;

        using Socket application = await TunnelPair.DialAsync(address);
        await Assert.ThrowsAnyAsync<SocketException>(() => application.ReadExactlyAsync(1)); // reset

        string line = await near.ErrorLines.WaitForAsync(line => line.Contains("outside connection", StringComparison.Ordinal), "the failure");
        Assert.Contains("upstream proxy", line);
        Assert.Empty(service.Accepted.Snapshot());
    }

    [Theory]
    [EachForm]
    public async Task UpstreamProxy_IsAskedForTheFarEnd(TunnelForm form)
    {
        await using RecordingProxy proxy = RecordingProxy.Start();
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
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
