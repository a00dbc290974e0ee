using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.Connections.Polling;
using Plait.Native;

namespace Plait.Connections;

/// <summary>Sockets in the file system, and pairs of sockets: unix(7).</summary>
[ProgramSeam]
internal static class UnixSockets
{
    /// <summary>The longest path, in bytes: sun_path holds 108 with its end.</summary>
    internal const int LongestPath = 107;

    /// <summary>Whether the system takes a path for a socket.</summary>
    internal static bool Fits(string path) => Encoding.UTF8.GetByteCount(path) <= LongestPath;

    /// <summary>A socket bound to a path. One that an ended program left there is replaced.</summary>
    /// <exception cref="SocketException">The path cannot be taken: another program listens there, or rights are missing.</exception>
    internal static Socket Bind(string path)
    {
        PollerThread.AssertNot();
        try
        {
            return BindOnce(path);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse && IsDead(path))
        {
            File.Delete(path);
            return BindOnce(path);
        }
    }

    // How long connect(2) is put off if the queue of the listener is full: from, and at most.
    private static readonly TimeSpan s_shortWait = TimeSpan.FromMilliseconds(1), s_longWait = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Connects to the socket at a path. While the queue of its listener is full the system refuses with EAGAIN (connect(2)), and no event tells
    /// when there is room: it is tried again until the token ends that.
    /// </summary>
    /// <exception cref="SocketException">No program accepts there.</exception>
    internal static async Task<SocketConnection> ConnectAsync(string path, PollerSet pollers, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Descriptors.DisposeAndThrowIfReserved(socket);
        var connection = SocketConnection.Of(socket, pollers);
        var address = new UnixDomainSocketEndPoint(path);
        try
        {
            for (TimeSpan wait = s_shortWait; ; wait = wait * 2 < s_longWait ? wait * 2 : s_longWait)
            {
                try
                {
                    await connection.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
                    return connection;
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.WouldBlock) // EAGAIN, as SocketErrors and .NET have it
                {
                    await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Two connected sockets.</summary>
    /// <exception cref="SocketException">No descriptor is left.</exception>
    internal static (SocketConnection One, SocketConnection Other) Pair(PollerSet pollers)
    {
        Span<int> ends = stackalloc int[2];
        return Libc.SocketPair(Libc.UnixFamily, Libc.StreamSocket | Libc.CloseOnExec, 0, ends) == 0
            ? (new PolledConnection(new SocketHandle(ends[0]), pollers), new PolledConnection(new SocketHandle(ends[1]), pollers))
            : throw SocketErrors.Of(Libc.Error);
    }

    private static Socket BindOnce(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether a socket is at a path, and belongs to no program any more. connect(2) refuses a file of another kind too, which is kept.</summary>
    private static bool IsDead(string path)
    {
        if (FileStatus.Of(path, follow: false) is not { IsSocket: true })
        {
            return false;
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }
}
