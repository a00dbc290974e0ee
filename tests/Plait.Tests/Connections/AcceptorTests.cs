using System.Net.Sockets;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

public sealed class AcceptorTests : IDisposable
{
    private readonly Acceptor _acceptor = Acceptor.Of(Loopback.Listen(), Shared.Pollers);

    public AcceptorTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "only there is it known who has come");

    public void Dispose() => _acceptor.Dispose();

    [Fact]
    public async Task HasCome_AcceptingInVain_IsFalse()
    {
        Assert.False(_acceptor.HasCome());
        Task<SocketConnection> accepting = _acceptor.AcceptAsync(Deadline.Token).AsTask();
        Assert.False(_acceptor.HasCome());
        _acceptor.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => accepting.Within("it ends"));
    }

    [Fact]
    public void HasCome_InTheQueue_IsTrueAtOnce()
    {
        using Socket peer = Connect();
        Assert.True(_acceptor.HasCome());
    }

    [Fact]
    public async Task HasCome_Taken_IsTrueUntilTheNextIsAskedFor()
    {
        using Socket peer = Connect();
        await using SocketConnection taken = await _acceptor.AcceptAsync(Deadline.Token).AsTask().Within("it is taken");
        Assert.True(_acceptor.HasCome());

        Task<SocketConnection> next = _acceptor.AcceptAsync(Deadline.Token).AsTask(); // the first was a stranger
        Assert.False(_acceptor.HasCome());

        using Socket second = Connect();
        Assert.True(_acceptor.HasCome());
        (await next.Within("the next is taken")).Close();
        Assert.True(_acceptor.HasCome());
    }

    [Fact]
    public void HasCome_Disposed_IsTrue()
    {
        _acceptor.Dispose();
        Assert.True(_acceptor.HasCome());
    }

    private Socket Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(_acceptor.Listener.LocalEndPoint!);
        return socket;
    }
}
