using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Tests.Support;
using Plait.Wire.Addresses;
using Xunit;

namespace Plait.Tests.Connections;

public class OutsideDialerTests
{
    private const string Target = "\xC0\x00\x02\x01\x01\xBB"; // 192.0.2.1:443
    private const string Zeros = "\0\0\0\0\0\0";
    private static readonly IPEndPoint s_target = new(IPAddress.Parse("192.0.2.1"), 443);

    public static TheoryData<ProxyScheme, string?, string?, string[]> Granting => new()
    {
        { ProxyScheme.Socks5, null, null, ["\x05\x01\0", "\x05\0", $"\x05\x01\0\x01{Target}", $"\x05\0\0\x01{Zeros}"] },
        {
            ProxyScheme.Socks5, "us:er", "p@ss",
            ["\x05\x02\0\x02", "\x05\x02", "\x01\x05us:er\x04p@ss", "\x01\0", $"\x05\x01\0\x01{Target}", $"\x05\0\0\x01{Zeros}"]
        },
        { ProxyScheme.Socks4a, "me", null, ["\x04\x01\x01\xBB\xC0\x00\x02\x01me\0", "\0\x5A" + Zeros] },
        {
            ProxyScheme.Http, null, null,
            ["CONNECT 192.0.2.1:443 HTTP/1.1\r\nHost: 192.0.2.1:443\r\n\r\n", "HTTP/1.1 200 OK\r\nVia: x\r\n\r\n"]
        },
    };

    public static TheoryData<ProxyScheme, string[], FailureCause> Refusing => new()
    {
        { ProxyScheme.Socks5, ["\x05\x01\0", "\x05\xFF"], FailureCause.ProxyRefused },
        { ProxyScheme.Socks5, [.. Socks5(1)], FailureCause.ProxyRefused },
        { ProxyScheme.Socks5, [.. Socks5(2)], FailureCause.ProxyRefused },
        { ProxyScheme.Socks5, [.. Socks5(3)], FailureCause.Unreachable },
        { ProxyScheme.Socks5, [.. Socks5(4)], FailureCause.Unreachable },
        { ProxyScheme.Socks5, [.. Socks5(5)], FailureCause.Refused },
        { ProxyScheme.Socks5, [.. Socks5(6)], FailureCause.TimedOut },
        { ProxyScheme.Socks5, [.. Socks5(7)], FailureCause.ProxyRefused },
        { ProxyScheme.Socks4a, ["\x04\x01\x01\xBB\xC0\x00\x02\x01\0", "\0\x5B" + Zeros], FailureCause.ProxyRefused },
        { ProxyScheme.Http, ["CONNECT 192.0.2.1:443 HTTP/1.1\r\n", "HTTP/1.1 403 No\r\n\r\n"], FailureCause.ProxyRefused },
        { ProxyScheme.Http, ["CONNECT 192.0.2.1:443 HTTP/1.1\r\n", "SSH-2.0-x\r\n\r\n"], FailureCause.ProxyRefused },
    };

    [Theory]
    [MemberData(nameof(Granting))]
    public async Task ConnectAsync_ProxyGrants_IsThroughWithItsFirstBytes(
        ProxyScheme scheme, string? user, string? password, string[] turns)
    {
        await using var proxy = new ProxyDouble(Script(turns));
        var dialer = new OutsideDialer(new(scheme, proxy.Address, user, password), null, null, Shared.Pollers);

        await using SocketConnection connection = await dialer.ConnectAsync(s_target, Deadline.Token).WaitAsync(Deadline.Token);

        Assert.Equal(Script(turns).Select(turn => turn.Hears), proxy.Heard);
        Assert.Equal("through", await connection.ReceiveAsync(7)); // it came with the reply, or after it
    }

    [Theory]
    [MemberData(nameof(Refusing))]
    public async Task ConnectAsync_ProxyRefuses_SaysWhyWithoutAddresses(ProxyScheme scheme, string[] turns, FailureCause cause)
    {
        await using var proxy = new ProxyDouble(Script(turns));
        var dialer = new OutsideDialer(new(scheme, proxy.Address, null, null), null, null, Shared.Pollers);

        OutsideException error = await Assert.ThrowsAsync<OutsideException>(() => dialer.ConnectAsync(s_target, Deadline.Token));

        Assert.Equal(cause, error.Cause);
        Assert.StartsWith("the upstream proxy did not connect: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.1", error.Message, StringComparison.Ordinal); // G5
        Assert.DoesNotContain("127.0.0.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectAsync_ProxyTakesHostNames_GetsTheNameUnresolved()
    {
        const string Request = "\x05\x01\0\x03\x0C" + "bridge.no.in" + "\x01\xBB";
        await using var proxy = new ProxyDouble(("\x05\x01\0", "\x05\0"), (Request, $"\x05\0\0\x01{Zeros}"));
        var dialer = new OutsideDialer(new(ProxyScheme.Socks5, proxy.Address, null, null), null, null, Shared.Pollers);
        await using SocketConnection connection = await dialer.ConnectAsync(new DnsEndPoint("bridge.no.in", 443), Deadline.Token);
        Assert.Equal(Request, proxy.Heard[1]);
    }

    [Theory]
    [InlineData(ProxyScheme.Socks5)]
    [InlineData(ProxyScheme.Socks4a)]
    [InlineData(ProxyScheme.Http)]
    public async Task ConnectAsync_ProxyDead_NothingGoesAroundIt(ProxyScheme scheme) // G3
    {
        using Socket target = Loopback.Listen();
        var dialer = new OutsideDialer(new(scheme, Loopback.Closed, null, null), null, null, Shared.Pollers);
        OutsideException error = await Assert.ThrowsAsync<OutsideException>(
            () => dialer.ConnectAsync(target.LocalEndPoint!, Deadline.Token));
        Assert.Equal(FailureCause.ProxyRefused, error.Cause);
        Assert.Equal("the upstream proxy cannot be reached: connecting failed (refused)", error.Message);
        Assert.False(target.Poll(0, SelectMode.SelectRead), "the target was dialled");
    }

    [Fact]
    public async Task ConnectAsync_ProxyClosesOrResets_NothingGoesAroundIt() // G3
    {
        using Socket target = Loopback.Listen();
        using Socket proxy = Loopback.Listen();
        var dialer = new OutsideDialer(new(ProxyScheme.Socks5, (IPEndPoint)proxy.LocalEndPoint!, null, null), null, null, Shared.Pollers);
        foreach (bool reset in new[] { false, true })
        {
            Task<SocketConnection> dial = dialer.ConnectAsync(target.LocalEndPoint!, Deadline.Token);
            Socket accepted = await proxy.AcceptAsync(Deadline.Token);
            await accepted.ReceiveAsync(new byte[3], Deadline.Token);
            if (reset)
            {
                accepted.Reset();
            }
            else
            {
                accepted.Dispose();
            }

            OutsideException error = await Assert.ThrowsAsync<OutsideException>(() => dial.Within("the dial fails"));
            Assert.Equal(FailureCause.ProxyRefused, error.Cause);
        }

        Assert.False(target.Poll(0, SelectMode.SelectRead), "the target was dialled");
    }

    [Fact]
    public async Task ConnectAsync_IPv6ThroughSocks4_IsRefusedBeforeItLeaves()
    {
        using Socket proxy = Loopback.Listen();
        var dialer = new OutsideDialer(new(ProxyScheme.Socks4a, (IPEndPoint)proxy.LocalEndPoint!, null, null), null, null, Shared.Pollers);
        OutsideException error = await Assert.ThrowsAsync<OutsideException>(
            () => dialer.ConnectAsync(new IPEndPoint(IPAddress.IPv6Loopback, 1), Deadline.Token));
        Assert.Equal(FailureCause.ProxyRefused, error.Cause);
        Assert.Contains("SOCKS5", error.Message, StringComparison.Ordinal); // what to do
        Assert.False(proxy.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public async Task ConnectAsync_NoProxy_ConnectsDirectlyOrSaysWhyNot()
    {
        using Socket target = Loopback.Listen();
        // The bind address is no address of this machine; it counts for what leaves it, and this does not (E16).
        var dialer = new OutsideDialer(null, IPAddress.Parse("192.0.2.77"), null, Shared.Pollers);
        await using SocketConnection connection = await dialer.ConnectAsync(target.LocalEndPoint!, Deadline.Token);
        using Socket accepted = await target.AcceptAsync(Deadline.Token);
        await connection.WriteAsync(new byte[] { 42 }, Deadline.Token);
        byte[] received = new byte[1];
        Assert.Equal(1, await accepted.ReceiveAsync(received, Deadline.Token));
        Assert.Equal((42, IPAddress.Loopback), (received[0], ((IPEndPoint)accepted.RemoteEndPoint!).Address));

        OutsideException error = await Assert.ThrowsAsync<OutsideException>(
            () => dialer.ConnectAsync(Loopback.Closed, Deadline.Token));
        Assert.Equal((FailureCause.Refused, "connecting failed (refused)"), (error.Cause, error.Message));
    }

    [Fact]
    public async Task ConnectAsync_BindAddress_IsUsedForWhatLeavesTheMachine() // E16
    {
        var dialer = new OutsideDialer(null, IPAddress.Parse("192.0.2.77"), null, Shared.Pollers);
        OutsideException error = await Assert.ThrowsAsync<OutsideException>(() => dialer.ConnectAsync(s_target, Deadline.Token));
        // Not an address of this machine: the bind fails, and nothing goes out from another one.
        Assert.Equal(SocketError.AddressNotAvailable, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    private static IEnumerable<string> Socks5(byte reply) =>
        ["\x05\x01\0", "\x05\0", $"\x05\x01\0\x01{Target}", $"\x05{(char)reply}\0\x01{Zeros}"];

    private static (string Hears, string Says)[] Script(string[] turns) =>
        [.. turns.Chunk(2).Select(turn => (turn[0], turn[1]))];
}
