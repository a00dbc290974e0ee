using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>The addresses of one name, side by side (RFC 8305), with real sockets: one that answers, one that refuses, one that swallows SYNs.</summary>
public sealed class AddressRaceTests : IDisposable
{
    private readonly OutsideDialer _dialer = new(null, null, null, Shared.Pollers);
    private readonly List<Socket> _sockets = [];

    [Fact]
    public async Task Name_WhoseFirstAddressSwallowsSyns_IsReachedByTheSecond()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a full queue that swallows SYNs");
        IPAddress[] addresses = [IPAddress.Loopback, IPAddress.Parse("127.0.0.2")];
        IPEndPoint swallowing = await SwallowingAsync(addresses[0]);
        Socket listener = Add(new(addresses[1].AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(addresses[1], swallowing.Port));
        listener.Listen();

        OutsideDialer dialer = _dialer with { Resolve = (_, _) => Task.FromResult(addresses) };
        await using SocketConnection connection = await dialer
            .ConnectAsync(new DnsEndPoint("bridge.example", swallowing.Port), Deadline.Token).Within("the second address is tried");
        Assert.Equal(listener.LocalEndPoint, connection.Peer);
    }

    [Fact]
    public async Task RunAsync_SwallowingAndRefusing_TheOneThatAnswersWins()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a full queue that swallows SYNs");
        Socket listener = Add(Loopback.Listen());
        await using SocketConnection connection = await RunAsync(
            await SwallowingAsync(IPAddress.Loopback), Loopback.Closed, (IPEndPoint)listener.LocalEndPoint!).Within("the third address is tried");
        Assert.Equal(listener.LocalEndPoint, connection.Peer);
    }

    [Fact]
    public async Task RunAsync_AllFail_TheFailureThatSaysMostIsReported()
    {
        var unreachable = new IPEndPoint(IPAddress.Parse("fe80::1"), 1); // of no link: the system knows no way
        OutsideException error = await Assert.ThrowsAsync<OutsideException>(() => RunAsync(unreachable, Loopback.Closed));
        Assert.Equal(FailureCause.Refused, error.Cause);
    }

    [Fact]
    public async Task RunAsync_Canceled_EndsAllAttempts()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a full queue that swallows SYNs");
        IPEndPoint[] addresses = [await SwallowingAsync(IPAddress.Loopback), await SwallowingAsync(IPAddress.Loopback)];
        using var canceled = new CancellationTokenSource(AddressRace.Pause * 2);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AddressRace.RunAsync(
            addresses, ConnectAsync, TimeProvider.System, canceled.Token).Within("the race ends"));
    }

    [Fact]
    public async Task Name_WithABindAddressOfOneFamily_IsNotReachedByTheOther() // G3
    {
        var dialer = new OutsideDialer(null, null, IPAddress.Parse("2001:db8::77"), Shared.Pollers);
        OutsideException error = await Assert.ThrowsAsync<OutsideException>(
            () => dialer.ConnectAsync(new DnsEndPoint("192.0.2.1", 1), Deadline.Token)); // an address is its own name
        Assert.Equal(FailureCause.NotPermitted, error.Cause);
    }

    [Fact]
    public void InTurn_TheFamiliesAlternate_AndTheNumberIsBounded()
    {
        IPEndPoint Address(string text) => new(IPAddress.Parse(text), 1);
        IPEndPoint[] found = [Address("2001:db8::1"), Address("2001:db8::2"), Address("2001:db8::3"), Address("192.0.2.1"), Address("192.0.2.2")];
        Assert.Equal([found[0], found[3], found[1], found[4], found[2]], AddressRace.InTurn(found));
        Assert.Empty(AddressRace.InTurn([]));
        Assert.Equal(AddressRace.MostAddresses, AddressRace.InTurn(Enumerable.Range(1, 200).Select(port => new IPEndPoint(IPAddress.Loopback, port))).Length);
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private Task<SocketConnection> RunAsync(params IPEndPoint[] addresses) =>
        AddressRace.RunAsync(addresses, ConnectAsync, TimeProvider.System, Deadline.Token);

    private Task<SocketConnection> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken) =>
        _dialer.ConnectAsync(address, cancellationToken);

    /// <summary>A listener whose queue is full: Linux drops SYNs that it has no place for.</summary>
    private async Task<IPEndPoint> SwallowingAsync(IPAddress host)
    {
        Socket listener = Add(new(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(host, 0));
        listener.Listen(0);
        var address = (IPEndPoint)listener.LocalEndPoint!;
        await Add(new(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp)).ConnectAsync(address, Deadline.Token); // there is room for one
        await Deadline.UntilAsync(() => SocketTable.At(address.Port, TcpState.Listen) is [{ Waiting: > 0 }], "the queue is full");
        return address;
    }

    private Socket Add(Socket socket)
    {
        _sockets.Add(socket);
        return socket;
    }
}
