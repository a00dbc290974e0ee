using System.Net;
using System.Net.Sockets;
using Plait.Chains;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Connections;
using Plait.Tests.Support;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.ProxyProtocol;
using Plait.Wire.Socks;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>The way from a chain to a named service: its three ends stay apart, and it is waited for.</summary>
public sealed class ServiceDeskTests : IAsyncDisposable
{
    private readonly HostServices _services = new(new Limits(), new LogRecorder(), TimeProvider.System, new(), pollers: Shared.Pollers);
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ServiceDeskTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there are pollers on Linux only");
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    [Fact]
    public async Task Service_Resets_TheChainMeetsAReset() // G9
    {
        (ByteConnection chain, Socket service) = await AskAsync();
        await using ByteConnection closed = chain;
        service.Reset();

        await Assert.ThrowsAsync<IOException>(async () => await chain.ReadAsync(new byte[1], Deadline.Token));
    }

    [Fact]
    public async Task Service_Ends_TheChainMeetsAnEnd()
    {
        (ByteConnection chain, Socket service) = await AskAsync();
        await using ByteConnection closed = chain;
        service.Dispose();

        Assert.Equal(0, await chain.ReadAsync(new byte[1], Deadline.Token));
    }

    [Fact]
    public async Task Chain_Resets_TheServiceMeetsAReset()
    {
        (ByteConnection chain, Socket service) = await AskAsync();
        using Socket closed = service;
        chain.Abort();

        await Assert.ThrowsAsync<SocketException>(async () => await service.ReceiveAsync(new byte[1], Deadline.Token));
    }

    /// <summary>The client has gone, and the service has not read all: Plait may not end yet.</summary>
    [Fact]
    public async Task Chain_HasEnded_WhatItSentIsWaitedFor()
    {
        (ByteConnection chain, Socket service) = await AskAsync();
        using Socket closed = service;
        byte[] sent = new byte[1 << 20];
        Random.Shared.NextBytes(sent);
        Task sending = chain.WriteAsync(sent, Deadline.Token).AsTask();
        var received = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        while (!sending.IsCompleted) // until the rest is in the buffers on the way
        {
            received.Write(buffer, 0, await service.ReceiveAsync(buffer, Deadline.Token));
        }

        await sending;
        await chain.CompleteWritesAsync(Deadline.Token);
        await chain.DisposeAsync();
        Task idle = _services.Forwards.WhenEmptyAsync();
        Assert.False(idle.IsCompleted);

        int count;
        while ((count = await service.ReceiveAsync(buffer, Deadline.Token)) > 0)
        {
            received.Write(buffer, 0, count);
        }

        Assert.Equal(sent, received.ToArray());
        service.Dispose();
        await idle.WaitAsync(Deadline.Token);
    }

    [Fact]
    public async Task EndForwardsAsync_ServiceThatDoesNothing_EndsItsConnection()
    {
        (ByteConnection chain, Socket service) = await AskAsync();
        await using ByteConnection closed = chain;
        using Socket closedToo = service;

        await _services.EndForwardsAsync().WaitAsync(Deadline.Token);

        Assert.Equal(0, _services.Forwards.Count);
    }

    /// <summary>The address that the client itself connected to, where Plait's own socket has it; else the one that is listened at.</summary>
    [Theory]
    [InlineData("198.51.100.7", "PROXY TCP4 192.0.2.1 198.51.100.7 5 443\r\n")]
    [InlineData(null, "PROXY TCP4 192.0.2.1 203.0.113.9 5 80\r\n")]
    public async Task Header_OfAClient_HasTheAddressThatItEntered(string? enteredAt, string expected)
    {
        var dialer = new ServiceDialer(
            new ServiceAddress.Tcp(_listener.LocalEndPoint!), ProxyHeaderVersion.V1, IPEndPoint.Parse("203.0.113.9:80"), clients: null, Outside());
        await using ChainConnection owner = Owner(enteredAt is null ? null : new(IPAddress.Parse(enteredAt), 443));
        InnerConnection reached = await dialer.ApproachAsync(IPEndPoint.Parse("192.0.2.1:5"), "a", Deadline.Token);
        await using ByteConnection stream = await reached.IntroduceAsync(owner, Deadline.Token);
        using Socket service = await _listener.AcceptAsync(Deadline.Token);
        byte[] buffer = new byte[200];

        int count = await service.ReceiveAsync(buffer, Deadline.Token);

        Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(buffer, 0, count));
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _services.EndForwardsAsync();
        await _services.DisposeAsync();
    }

    private async Task<(ByteConnection Chain, Socket Service)> AskAsync()
    {
        var desk = new ServiceDesk(
            new Dictionary<string, ServiceDialer> { ["one"] = new(new ServiceAddress.Tcp(_listener.LocalEndPoint!), null, null, null, Outside()) }, _services);
        ChainConnection owner = Owner(null);
        InnerConnection reached = await desk.ApproachAsync(null, "a", Deadline.Token);
        ByteConnection chain = await reached.IntroduceAsync(owner, Deadline.Token);
        HandshakeOutcome outcome = await HandshakeRunner.RunExactlyAsync(
            chain, SocksClientHandshake.ForTransport(SocksVersion.Socks5, new DnsEndPoint("one", 1), PtArguments.Empty), Deadline.Token);
        Assert.True(outcome.Completed, outcome.Why.ToString());
        return (chain, await _listener.AcceptAsync(Deadline.Token));
    }

    private ChainConnection Owner(IPEndPoint? enteredAt) =>
        new("a", ["b64"], TimeSpan.FromSeconds(10), TimeProvider.System, _services.Pipes) { OnBridge = true, EnteredAt = enteredAt };

    private OutsideDialer Outside() => new(null, null, null, _services.Pollers);
}
