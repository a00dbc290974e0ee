using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Failures;

/// <summary>Ports where something is wrong: for a chain's target, for a transport's own port, for tor's.</summary>
internal sealed class TroublePorts : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _listeners = [];
    private readonly List<Socket> _sockets = [];

    /// <summary>Taken, and not listened on.</summary>
    public IPEndPoint Refuses()
    {
        Socket socket = Bound();
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>
    /// Listened on, and takes no connection: the queue is full, so the system lets every further one wait (listen(2):
    /// one more than the backlog is held).
    /// </summary>
    public IPEndPoint Full()
    {
        Socket socket = Bound();
        socket.Listen(0);
        var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(first);
        first.Connect(socket.LocalEndPoint!);
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>Takes connections, and closes each at once.</summary>
    public IPEndPoint HangsUp() => Serve((_, _) => Task.CompletedTask);

    /// <summary>Takes connections, and says nothing on any.</summary>
    /// <param name="accepted">Completes with the first.</param>
    public IPEndPoint Silent(TaskCompletionSource? accepted = null) => Serve(async (peer, stop) =>
    {
        accepted?.TrySetResult();
        await SwallowAsync(peer, stop);
    });

    /// <summary>Says this at once to each client.</summary>
    public IPEndPoint Talks(params byte[] words) => Serve(async (peer, stop) =>
    {
        await peer.WriteAllAsync(words, stop);
        await SwallowAsync(peer, stop);
    });

    /// <summary>Says this to the first that is said, and hangs up: a web server, of what it does not understand.</summary>
    public IPEndPoint AnswersAndHangsUp(params byte[] words) => Serve(async (peer, stop) =>
    {
        await peer.ReceiveAsync(new byte[16384], stop);
        await peer.WriteAllAsync(words, stop);
    });

    /// <summary>Answers message by message, whatever they say, and nothing more after the last answer.</summary>
    public IPEndPoint Answers(params byte[][] answers) => Serve(async (peer, stop) =>
    {
        byte[] heard = new byte[4096];
        foreach (byte[] answer in answers)
        {
            if (await peer.ReceiveAsync(heard, stop) == 0)
            {
                return;
            }

            await peer.WriteAllAsync(answer, stop);
        }

        await SwallowAsync(peer, stop);
    });

    public async ValueTask DisposeAsync()
    {
        _sockets.ForEach(socket => socket.Dispose());
        foreach (IAsyncDisposable listener in _listeners)
        {
            await listener.DisposeAsync();
        }
    }

    private static async Task SwallowAsync(Socket peer, CancellationToken stop)
    {
        byte[] ignored = new byte[4096];
        while (await peer.ReceiveAsync(ignored, stop) > 0)
        {
        }
    }

    private Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private IPEndPoint Serve(Func<Socket, CancellationToken, Task> serve)
    {
        var listener = new LoopbackListener(serve);
        _listeners.Add(listener);
        return listener.EndPoint;
    }
}
