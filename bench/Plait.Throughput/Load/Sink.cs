using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Plait.Wire.ExtOrPort;

namespace Plait.Throughput.Load;

/// <summary>
/// The far end of everything that is measured: a plain server behind relays, tor's Extended ORPort behind chains. The
/// first byte of a stream says what it is for, and is sent back.
/// </summary>
internal sealed class Sink : IDisposable
{
    /// <summary>What follows is counted and discarded.</summary>
    internal const byte Count = (byte)'c';

    /// <summary>The stream stays open until <see cref="Release"/>; no thread attends to it.</summary>
    internal const byte Hold = (byte)'h';

    private static readonly int s_patience = (int)TimeSpan.FromSeconds(60).TotalMilliseconds;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly AuthCookie? _cookie;
    private readonly HashSet<Socket> _open = [];
    private readonly List<Socket> _held = [];
    private readonly Lock _lock = new();
    private readonly Thread _accepting;
    private long _bytes;

    private Sink(AuthCookie? cookie)
    {
        _cookie = cookie;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = Run(Accept);
    }

    /// <summary>Where it listens.</summary>
    internal IPEndPoint EndPoint { get; }

    /// <summary>Bytes discarded by now.</summary>
    internal long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Streams open now.</summary>
    internal int Open
    {
        get
        {
            lock (_lock)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>A server without a protocol.</summary>
    internal static Sink Plain() => new(cookie: null);

    /// <summary>An Extended ORPort.</summary>
    /// <param name="cookieFile">Where its cookie is written.</param>
    internal static Sink ExtOrPort(string cookieFile)
    {
        AuthCookie cookie = AuthCookie.Create(RandomNumberGenerator.GetBytes(32));
        File.WriteAllBytes(cookieFile, cookie.FormatFile());
        return new(cookie);
    }

    /// <summary>Waits until nothing is open: what one round began must not burden the next.</summary>
    internal void WaitUntilEmpty()
    {
        if (!SpinWait.SpinUntil(() => Open == 0, TimeSpan.FromSeconds(20)))
        {
            throw new TimeoutException($"{Open} streams are still open at the far end.");
        }
    }

    /// <summary>Closes the streams that are held.</summary>
    internal void Release()
    {
        lock (_lock)
        {
            _held.ForEach(socket => socket.Dispose());
            _held.Clear();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _accepting.Join();
        Release();
        lock (_lock)
        {
            foreach (Socket socket in _open)
            {
                socket.Shutdown(SocketShutdown.Both); // its thread wakes and closes it
            }
        }
    }

    private static Thread Run(Action action)
    {
        var thread = new Thread(() => action(), maxStackSize: 256 * 1024) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private void Accept()
    {
        while (true)
        {
            try
            {
                Socket accepted = _listener.Accept();
                Run(() => Serve(accepted));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return; // closed
            }
        }
    }

    private void Serve(Socket socket)
    {
        lock (_lock)
        {
            _open.Add(socket);
        }

        bool held = false;
        try
        {
            Introduce(socket);
            held = Attend(socket);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // This stream's end.
        }

        lock (_lock)
        {
            _open.Remove(socket);
            if (held)
            {
                _held.Add(socket);
                return;
            }

            socket.Dispose();
        }
    }

    private void Introduce(Socket socket)
    {
        socket.NoDelay = true;
        socket.ReceiveTimeout = s_patience;
        if (_cookie is not null)
        {
            BlockingSockets.Shake(socket, new ExtOrPortServerHandshake(_cookie, RandomNumberGenerator.GetBytes(32)));
            socket.Send(ExtOrPortReply.Okay);
        }
    }

    /// <summary>Does what the first byte says. True for a stream to hold.</summary>
    private bool Attend(Socket socket)
    {
        byte[] purpose = new byte[1];
        if (socket.Receive(purpose) == 0)
        {
            return false;
        }

        socket.Send(purpose);
        if (purpose[0] == Hold)
        {
            return true;
        }

        socket.ReceiveTimeout = 0;
        for (long count; (count = Drain.Receive(socket)) > 0;)
        {
            Interlocked.Add(ref _bytes, count);
        }

        return false;
    }
}
