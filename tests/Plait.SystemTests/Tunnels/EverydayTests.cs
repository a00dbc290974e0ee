using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Tunnels;

/// <summary>What people try next with a tunnel that works.</summary>
public class EverydayTests
{
    /// <summary>As a browser's pages do.</summary>
    [Theory]
    [EachForm]
    public async Task Openings_TwoHundredAtOnce_AllSucceed(TunnelForm form)
    {
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;

        Socket[] sockets = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => TunnelPair.DialAsync(address)));
        try
        {
            await Task.WhenAll(sockets.Select(socket => PtPair.AssertEchoAsync(socket)));
            Assert.Equal(200, service.Open);
            Assert.Empty(near.ErrorLines.Snapshot());
        }
        finally
        {
            Array.ForEach(sockets, socket => socket.Dispose());
        }

        await service.WaitForOpenAsync(0);
    }

    [Theory]
    [EachForm]
    public async Task IPv6_AtEveryPlace_CarriesBytes(TunnelForm form)
    {
        using var service = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        service.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        service.Listen();
        await using TunnelPair pair = await TunnelPair.ServeAtAsync(
            new(IPAddress.IPv6Loopback, FreePorts.Take()), form, "--forward", service.LocalEndPoint!.ToString()!, "--proxy-protocol", "1");
        (RunningProgram near, IPEndPoint address) = await pair.ListenAtAsync(new(IPAddress.IPv6Loopback, 0));
        await using RunningProgram closed = near;

        using Socket application = await TunnelPair.DialAsync(address);
        await application.WriteAllAsync("hello"u8.ToArray());
        using Socket accepted = await service.AcceptAsync().Within("the service is reached");
        string header = "";
        while (!header.EndsWith('\n'))
        {
            header += Encoding.ASCII.GetString(await accepted.ReadExactlyAsync(1).Within("the header"));
        }

        Assert.Matches($"^PROXY TCP6 ::1 ::1 [0-9]+ {pair.FarAddress.Port}\r\n$", header);
        Assert.Equal("hello"u8.ToArray(), await accepted.ReadExactlyAsync(5).Within("the bytes"));
        await accepted.WriteAllAsync("back"u8.ToArray());
        Assert.Equal("back"u8.ToArray(), await application.ReadExactlyAsync(4).Within("the answer"));
    }

    /// <summary>The wildcard of IPv6 serves clients of both families, and so does that of IPv4.</summary>
    [Theory]
    [EachForm("0.0.0.0")]
    [EachForm("::")]
    public async Task FarEnd_AtAllAddresses_ServesBothFamilies(TunnelForm form, string wildcard)
    {
        await using EchoServer service = EchoServer.Start();
        IPAddress any = IPAddress.Parse(wildcard);
        int port = FreePorts.Take();
        await using TunnelPair pair = await TunnelPair.ServeAtAsync(
            new(any, port), form, "--forward", service.EndPoint.ToString(), "--address", $"127.0.0.1:{port}");
        foreach (string at in new[] { $"127.0.0.1:{port}", $"[::1]:{port}" })
        {
            string[] words = [.. pair.Words("--listen", "-").Select(word => word.Replace($"127.0.0.1:{port}", at, StringComparison.Ordinal))];
            await using RunningProgram near = RunningProgram.Start(PlaitProgram.Path, words);
            await near.WriteAsync("hello\n");
            await near.Lines.WaitForAsync(line => line == "hello", $"the echo through {at}; {near.ErrorLines.Tail()}");
        }
    }

    /// <summary>Services with names see the clients under addresses of their own too, and the clients' lines outlive their connections.</summary>
    [Theory]
    [EachForm]
    public async Task ClientTable_OfNamedServices_IsTheSameForAll(TunnelForm form)
    {
        await using EchoServer first = EchoServer.Start(), second = EchoServer.Start();
        string table = Path.GetTempFileName();
        File.Delete(table);
        await using TunnelPair pair = await TunnelPair.ServeAsync(
            form, "--forward", $"one={first.EndPoint}", "--forward", $"two={second.EndPoint}", "--client-table", table);
        (RunningProgram near, IPEndPoint port) = await pair.ListenAsync("--socks");
        await using RunningProgram closed = near;
        foreach (string service in new[] { "one", "two" })
        {
            using Socket socket = await SocksClient.ConnectAsync(port, new DnsEndPoint(service, 80));
            await PtPair.AssertEchoAsync(socket);
        }

        IPAddress source = Assert.Single(first.Accepted.Snapshot()).Address;
        Assert.True(new IPNetwork(IPAddress.Parse("127.128.0.0"), 10).Contains(source));
        Assert.Equal(source, Assert.Single(second.Accepted.Snapshot()).Address);
        Assert.Equal([$"{source} 127.0.0.1"], File.ReadLines(table).Skip(1));
        pair.Far.Terminate();
        Assert.Equal(0, await pair.Far.WaitForExitAsync());
        File.Delete(table);
        File.Delete(table + ".lock");
    }

    /// <summary>The service is down at first: the reason is told at the far end, and nothing has to be restarted when it comes.</summary>
    [Theory]
    [EachForm]
    public async Task Service_ThatComesLater_IsReachedThen(TunnelForm form)
    {
        IPEndPoint place = FreePorts.TakeEndPoint();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", place.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;
        await TunnelPair.RefusedAsync(address);
        await pair.Far.ErrorLines.WaitForAsync(line => line.Contains("service: refused", StringComparison.Ordinal), "the reason");

        using var service = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        service.Bind(place);
        service.Listen();
        using Socket later = await TunnelPair.DialAsync(address);
        await later.WriteAllAsync("hello"u8.ToArray());
        using Socket accepted = await service.AcceptAsync().Within("the service is reached");
        Assert.Equal("hello"u8.ToArray(), await accepted.ReadExactlyAsync(5).Within("the bytes"));
    }

    /// <summary>A service that resets, in the middle: the application does not take it for an orderly end, where the hops can say so.</summary>
    [Theory]
    [EachForm]
    public async Task Service_ThatBreaksOff_EndsItsConnectionAlone(TunnelForm form)
    {
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;
        using Socket cut = await TunnelPair.DialAsync(address);
        await PtPair.AssertEchoAsync(cut);

        service.ResetConnections();
        await TunnelPair.EndsAsync(cut);

        using Socket other = await TunnelPair.DialAsync(address);
        await PtPair.AssertEchoAsync(other);
    }

    /// <summary>The name of the far end has no address now; it may have one later.</summary>
    [Theory]
    [EachForm]
    public async Task FarEnd_WhoseNameDoesNotResolve_IsToldForEachConnection(TunnelForm form)
    {
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", "127.0.0.1:9");
        string[] arguments = [.. pair.BridgeLine.Split(' ').Skip(3).SelectMany(argument => new[] { "--arg", argument })]; // a bridge line has no names
        await using RunningProgram near = RunningProgram.Start(PlaitProgram.Path, [
            .. pair.Words("--listen", $"unix:{pair.PathOf("near")}").Where(word => word != "--bridge" && word != pair.BridgeLine),
            "--chain", TunnelPair.Chain, "--to", "nowhere.invalid:443", .. arguments]);
        await TunnelPair.ListensAsync(near);

        await TunnelPair.RefusedAsync(new UnixDomainSocketEndPoint(pair.PathOf("near")));

        string line = await near.ErrorLines.WaitForAsync(line => line.Contains("outside connection", StringComparison.Ordinal), "the reason");
        Assert.Contains("the host name cannot be resolved", line);
        Assert.DoesNotContain("nowhere", line);
    }

    /// <summary>ssh does so when it is interrupted: its end of the pipes is gone before the tunnel stands.</summary>
    [Theory]
    [EachForm]
    public async Task StandardStreams_ClosedEarly_EndPlait_AndLeaveNothing(TunnelForm form)
    {
        await using var service = new LoopbackListener(async (peer, stop) => await peer.ReadToEndAsync(stop));
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        await using RunningProgram near = RunningProgram.Start(PlaitProgram.Path, pair.Words("--listen", "-"));
        near.CloseStdin();
        near.CloseStdout();

        Assert.Equal(0, await near.WaitForExitAsync());
        await service.WaitForOpenAsync(0);
    }

    /// <summary>The reader of stdout leaves while bytes flow, as <c>head</c> does.</summary>
    [Theory]
    [EachForm]
    public async Task StandardStreams_ReaderLeaves_EndsPlait(TunnelForm form)
    {
        await using var service = new LoopbackListener(async (peer, stop) =>
        {
            byte[] line = "again and again\n"u8.ToArray();
            while (true)
            {
                await peer.WriteAllAsync(line, stop);
            }
        });
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        await using RunningProgram near = RunningProgram.Start("/bin/sh", [
            "-c", "\"$0\" \"$@\" | head -n 3", PlaitProgram.Path, .. pair.Words("--listen", "-")]);

        Assert.Equal(0, await near.WaitForExitAsync());
        Assert.Equal(["again and again", "again and again", "again and again"], near.Lines.Snapshot());
        await service.WaitForOpenAsync(0);
    }
}
