using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>
/// No other socket gets an address of ours. The other socket mostly is one of this user: SO_REUSEADDR, which <see cref="Socket.Bind"/>
/// sets, makes no difference between users.
/// </summary>
public sealed class ExclusiveBindTests
{
    private static readonly IPEndPoint s_anyPort = new(IPAddress.Loopback, 0);

    [Fact]
    public void Bind_BeforeItListens_NoOtherSocketGetsTheAddress()
    {
        using Socket bound = ExclusiveBind.Bind(s_anyPort);
        AssertTaken((IPEndPoint)bound.LocalEndPoint!);
    }

    [Fact]
    public async Task Bind_BesideConnectionsOfAnEarlierProcess_GetsTheAddressForItselfAlone()
    {
        IPEndPoint address;
        Socket earlier = ExclusiveBind.Bind(s_anyPort);
        ExclusiveBind.Listen(earlier, 1);
        using (var acceptor = Acceptor.Of(earlier, Shared.Pollers))
        {
            address = (IPEndPoint)earlier.LocalEndPoint!;
            AssertTaken(address);
            using Socket client = await ConnectAsync(address);
            await using SocketConnection accepted = await acceptor.AcceptAsync(Deadline.Token);
            accepted.CompleteWrites(); // it ends first, and so keeps the address in TIME_WAIT
            Assert.Equal(SocketError.Success, await client.EndAsync());
            client.Shutdown(SocketShutdown.Send);
            Assert.False((await accepted.ReceiveAllAsync()).Reset);
            earlier.Shutdown(SocketShutdown.Both); // a program that another test starts may hold a copy past the close
        }

        using Socket bound = ExclusiveBind.Bind(address);
        AssertTaken(address);
        SocketException refused = await Assert.ThrowsAnyAsync<SocketException>(() => ConnectAsync(address));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);

        ExclusiveBind.Listen(bound, 1);
        AssertTaken(address);
        (await ConnectAsync(address)).Dispose();
    }

    /// <summary>The system chooses a port for one family; where the other family has it taken, another is needed.</summary>
    [Fact]
    public void BindToNetwork_AnyPortOfAWildcard_IsFreeInBothFamilies()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Socket.OSSupportsIPv6, "needs both families");
        List<Socket> taken = [.. Enumerable.Range(0, 2000).Select(_ => ExclusiveBind.Bind(s_anyPort))]; // one port in fourteen
        try
        {
            for (int i = 0; i < 200; i++)
            {
                using Socket bound = ExclusiveBind.BindToNetwork(new(IPAddress.IPv6Any, 0));
                Assert.NotEqual(0, ((IPEndPoint)bound.LocalEndPoint!).Port);
            }
        }
        finally
        {
            taken.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Bind_AnotherUser_GetsNoAddressOfOurs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root can start a program as another user");
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv") && File.Exists("/usr/bin/perl"), "needs setpriv and perl");
        using Socket waiting = ExclusiveBind.Bind(s_anyPort);
        using Socket source = new SourceAddresses(IPNetwork.Parse("127.64.0.0/10"), Shared.Pollers).Bind();
        foreach (Socket ours in (Socket[])[waiting, source])
        {
            Assert.Equal("Address already in use", await BindAsOtherUserAsync((IPEndPoint)ours.LocalEndPoint!));
        }

        var free = new IPEndPoint(IPAddress.Parse("127.0.0.9"), ((IPEndPoint)waiting.LocalEndPoint!).Port);
        Assert.Equal("bound", await BindAsOtherUserAsync(free)); // the other user's program can do it
    }

    [Fact]
    public void Bind_TakenAddress_SaysSo()
    {
        using Socket bound = ExclusiveBind.Bind(s_anyPort);
        SocketException error = Assert.Throws<SocketException>(() => ExclusiveBind.Bind((IPEndPoint)bound.LocalEndPoint!));
        Assert.Equal(SocketError.AddressAlreadyInUse, error.SocketErrorCode);
    }

    [Fact]
    public async Task SourceAddresses_OfADial_NoOtherSocketGetsThem() // G1: a source names one connection
    {
        var sources = new SourceAddresses(IPNetwork.Parse("127.64.0.0/10"), Shared.Pollers);
        using Socket bound = sources.Bind();
        AssertTaken((IPEndPoint)bound.LocalEndPoint!);

        using Socket listener = Loopback.Listen();
        await using SocketConnection dial = await sources.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, Deadline.Token);
        AssertTaken(dial.Own!);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public async Task BindToNetwork_Wildcard_TakesBothFamilies(string address) // as obfs4proxy 0.0.14 does
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this system has no IPv6");
        var clients = new List<IPEndPoint>();
        await using ConnectionListener listener = ConnectionListener.Bind(
            new(IPAddress.Parse(address), 0),
            Shared.Pollers,
            new(10, TimeProvider.System),
            async (connection, cancellationToken) =>
            {
                clients.Add(connection.Peer!.Unmapped());
                await connection.WriteAsync("x"u8.ToArray(), cancellationToken);
            },
            facesNetwork: true);
        listener.Open();
        Assert.Equal(IPAddress.Parse(address), listener.EndPoint.Address); // what tor hears is what it asked for

        foreach (IPAddress host in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            using Socket client = await ConnectAsync(new(host, listener.EndPoint.Port));
            Assert.Equal(1, await client.ReceiveAsync(new byte[1], Deadline.Token));
            Assert.Equal(client.LocalEndPoint, clients[^1]);
        }
    }

    [Fact]
    public async Task FacesNetwork_AcceptedConnections_AreKeptAliveAsGoHasIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere a listener does not pass it on");
        var options = new TaskCompletionSource<(object?, object?, object?)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ConnectionListener listener = ConnectionListener.Bind(
            s_anyPort,
            Shared.Pollers,
            new(10, TimeProvider.System),
            (connection, _) =>
            {
                options.SetResult(KeepAliveOf(connection.Socket));
                return Task.CompletedTask;
            },
            facesNetwork: true);
        listener.Open();
        using Socket client = await ConnectAsync(listener.EndPoint);
        Assert.Equal((1, 15, 15), await options.Task.Within("the connection is accepted"));

        await using SocketConnection outside = await new OutsideDialer(null, null, null, Shared.Pollers).ConnectAsync(listener.EndPoint, Deadline.Token);
        Assert.Equal((1, 15, 15), KeepAliveOf(outside.Socket));
    }

    /// <summary>Has user "nobody" bind an address with SO_REUSEADDR; the system's answer.</summary>
    private static async Task<string> BindAsOtherUserAsync(IPEndPoint address)
    {
        const string script = "use Socket; socket(S, PF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1); "
            + "print bind(S, sockaddr_in($ARGV[1], inet_aton($ARGV[0]))) && listen(S, 1) ? 'bound' : $!";
        using Process program = Process.Start(new ProcessStartInfo(
            "/usr/bin/setpriv",
            ["--reuid", "65534", "--clear-groups", "/usr/bin/perl", "-e", script, $"{address.Address}", $"{address.Port}"])
        { RedirectStandardOutput = true, Environment = { ["LC_ALL"] = "C" } })!;
        return await program.StandardOutput.ReadToEndAsync(Deadline.Token).Within("the other user's program ends");
    }

    private static (object?, object?, object?) KeepAliveOf(Socket socket) => (
        socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive),
        socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime),
        socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval));

    private static void AssertTaken(IPEndPoint address)
    {
        foreach (IPAddress host in (IPAddress[])[address.Address, IPAddress.Any])
        {
            using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            SocketException error = Assert.Throws<SocketException>(() => other.Bind(new IPEndPoint(host, address.Port)));
            Assert.Equal(SocketError.AddressAlreadyInUse, error.SocketErrorCode);
        }
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, Deadline.Token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
