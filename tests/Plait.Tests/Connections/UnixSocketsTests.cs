using System.Net.Sockets;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

public sealed class UnixSocketsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public UnixSocketsTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells what kind of file it is");

    private string Place => Path.Combine(_folder.Path, "place");

    [Fact]
    public void Bind_FileOfAnotherKind_IsKept() // connect(2) refuses it as it refuses a socket that was left there
    {
        File.WriteAllText(Place, "precious");
        SocketException error = Assert.Throws<SocketException>(() => UnixSockets.Bind(Place));
        Assert.Equal(SocketError.AddressAlreadyInUse, error.SocketErrorCode);
        Assert.Equal("precious", File.ReadAllText(Place));
    }

    [Fact]
    public void Bind_Folder_IsKept()
    {
        Directory.CreateDirectory(Place);
        Assert.Throws<SocketException>(() => UnixSockets.Bind(Place));
        Assert.True(Directory.Exists(Place));
    }

    [Fact]
    public void Bind_LinkToASocketThatIsLeft_IsKept()
    {
        string left = Path.Combine(_folder.Path, "left");
        Leave(left);
        File.CreateSymbolicLink(Place, left);
        Assert.Throws<SocketException>(() => UnixSockets.Bind(Place));
        Assert.NotNull(new FileInfo(Place).LinkTarget);
    }

    [Fact]
    public void Bind_SocketThatIsLeft_IsReplaced()
    {
        Leave(Place);
        using Socket socket = UnixSockets.Bind(Place);
        socket.Listen();
        Assert.Throws<SocketException>(() => UnixSockets.Bind(Place)); // this one is not left
    }

    /// <summary>The system refuses with EAGAIN then, although the service lives (connect(2)).</summary>
    [Fact]
    public async Task ConnectAsync_QueueOfTheListenerIsFull_WaitsForRoomOrForTheDeadline()
    {
        using Socket listener = UnixSockets.Bind(Place);
        listener.Listen(1);
        var waiting = new List<Socket>();
        while (TryFill() is { } socket)
        {
            waiting.Add(socket);
        }

        using (var deadline = new CancellationTokenSource())
        {
            Task<SocketConnection> late = UnixSockets.ConnectAsync(Place, Shared.Pollers, TimeProvider.System, deadline.Token);
            Assert.False(late.IsCompleted);
            await deadline.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late);
        }

        Task<SocketConnection> connecting = UnixSockets.ConnectAsync(Place, Shared.Pollers, TimeProvider.System, Deadline.Token);
        Assert.False(connecting.IsCompleted);
        (await listener.AcceptAsync(Deadline.Token)).Dispose();
        await using (await connecting)
        {
            waiting.ForEach(socket => socket.Dispose());
        }

        Socket? TryFill()
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(Place));
                return socket;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                socket.Dispose();
                return null;
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A socket of a program that has ended without removing it: closing it does not.</summary>
    private static void Leave(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        File.Move(path, path + ".kept"); // .NET removes the file when it closes the socket
        socket.Close();
        File.Move(path + ".kept", path);
    }
}
