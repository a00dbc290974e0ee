using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Processes;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>What a program that is to listen is taken for, by the listeners of others and by its last words.</summary>
public sealed class ListenerLauncherTests : IAsyncDisposable
{
    private const string Socat = "/usr/bin/socat";

    private readonly ChildLauncher _launcher = new(Shared.Pollers);

    [Theory]
    [InlineData("0.0.0.0", "0.0.0.0", true)]
    [InlineData("127.0.0.1", "0.0.0.0", true)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("0.0.0.0", "::", false)]
    [InlineData("127.0.0.1", "::", false)]
    public async Task LaunchAsync_AnotherProgramListensAtThePort_IsTakenForItsFamilyAlone(string listen, string other, bool taken)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Socket.OSSupportsIPv6, "the system lists no listeners, or has one family");
        var address = IPAddress.Parse(other);
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = false;
        }

        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen();
        var where = new IPEndPoint(IPAddress.Parse(listen), ((IPEndPoint)socket.LocalEndPoint!).Port);
        ProcessDown down = await FailAsync("exec sleep 600", where, joint: null);
        Assert.Equal((taken, taken ? FailureCause.NotPermitted : FailureCause.TimedOut), (down.PortIsTaken, down.Cause));
    }

    [Fact]
    public async Task LaunchAsync_AnotherHasTheOtherFamily_WaitsForItsOwn()
    {
        Assert.SkipUnless(File.Exists(Socat) && Socket.OSSupportsIPv6, "there is no socat, or one family");
        using var other = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        other.DualMode = false;
        other.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        other.Listen();
        int port = ((IPEndPoint)other.LocalEndPoint!).Port;
        var request = new ListenerRequest(
            $"tunnel", Shell.Command($"sleep 0.3; exec {Socat} TCP4-LISTEN:{port} OPEN:/dev/null"), new(IPAddress.Any, port), FacesNetwork: true);
        await using ChildProcess child = await NewLauncher().LaunchAsync(request, Deadline.Limit, Deadline.Token);
        Assert.False(child.HasDied);
        Assert.Contains(SocketTable.At(port, TcpState.Listen)!, socket => ProcessSockets.Has(child.Id, socket.Inode) == true);
    }

    [Fact]
    public async Task LaunchAsync_AddressOfABridgeIsNoneOfThisMachine_SaysWhatToWrite()
    {
        ProcessDown down = await FailAsync(
            "echo 'E bind(5, ...): Cannot assign requested address' >&2; exit 1",
            new(IPAddress.Parse("192.0.2.1"), 4000), joint: new(IPAddress.Loopback, 5000));
        Assert.Equal(FailureCause.NotPermitted, down.Cause);
        Assert.Equal("write an address of this machine in ServerTransportListenAddr", down.Advice?.ToString());
    }

    public ValueTask DisposeAsync() => _launcher.DisposeAsync();

    private async Task<ProcessDown> FailAsync(string script, IPEndPoint listen, IPEndPoint? joint)
    {
        var request = new ListenerRequest($"tunnel", Shell.Command(script), listen, FacesNetwork: true) { Joint = joint };
        return (await Assert.ThrowsAsync<LaunchException>(() => NewLauncher().LaunchAsync(request, TimeSpan.FromSeconds(1), Deadline.Token))).Down;
    }

    private ListenerLauncher NewLauncher() => new(_launcher, new Limits(), TimeProvider.System, new());
}
