using System.Net;
using System.Net.Sockets;
using Plait.Connections.Polling;

namespace Plait.Connections;

/// <summary>
/// Source addresses of internal dials, taken in turn from a 127/8 range (B6), so that one address pair's 64 k ports are no
/// limit, and so that an address and port that named one connection names no other for a very long time: with the default
/// range a source address comes round again after four million dials. That is what makes a late USERADDR of a child
/// harmless (C10, G1).
/// </summary>
internal sealed class SourceAddresses
{
    private readonly IPNetwork _range;
    private readonly PollerSet _pollers;
    private readonly uint _first;
    private readonly uint _count;
    private uint _next;

    /// <param name="range">An IPv4 loopback range, for instance <c>127.64.0.0/10</c>.</param>
    /// <param name="pollers">Those that watch the connections.</param>
    /// <exception cref="ArgumentException">The range is not inside 127.0.0.0/8.</exception>
    internal SourceAddresses(IPNetwork range, PollerSet pollers)
    {
        if (range.BaseAddress.AddressFamily != AddressFamily.InterNetwork || !IPAddress.IsLoopback(range.BaseAddress) ||
            range.PrefixLength < 8)
        {
            throw new ArgumentException($"{range} is not a range inside 127.0.0.0/8.", nameof(range));
        }

        _range = range;
        _pollers = pollers;
        _first = ToUInt32(range.BaseAddress);
        _count = 1u << (32 - range.PrefixLength);
        _next = (uint)Random.Shared.NextInt64(_count); // two runs one after the other do not begin alike
    }

    /// <summary>Whether an address is one of ours.</summary>
    internal bool Contains(IPAddress address) => _range.Contains(address);

    /// <summary>
    /// A socket bound to the next source address and a port of the system's choice, ready to connect to a loopback IPv4
    /// listener. Its local end point is known before it connects (C11), and no other user can bind it meanwhile.
    /// </summary>
    internal Socket Bind() => Bind(Next(), portAtOnce: true);

    private static Socket Bind(IPAddress source, bool portAtOnce)
    {
        Socket socket = ExclusiveBind.Bind(new(source, 0), portAtOnce);
        LoopbackSockets.SendUnpaced(socket, source);
        return socket;
    }

    /// <summary>Connects to a listener of a child or of tor. Only loopback IPv4 listeners are dialled from the range.</summary>
    /// <param name="listener">The listener.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <param name="anonymous">
    /// From the one address that the system chooses for all. tor counts the source addresses of connections without a USERADDR: with an
    /// address for each connection it would count as many clients (R12).
    /// </param>
    internal async Task<SocketConnection> ConnectAsync(IPEndPoint listener, CancellationToken cancellationToken, bool anonymous = false)
    {
        bool inRange = !anonymous && listener.AddressFamily == AddressFamily.InterNetwork && IPAddress.IsLoopback(listener.Address);
        return await ConnectAsync(inRange ? Bind(Next(), portAtOnce: false) : OutOfRange(listener), listener, _pollers, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Connects to a loopback IPv4 listener from a certain address of 127/8.</summary>
    /// <exception cref="SocketException">The listener does not accept, or this system has no such address.</exception>
    internal static Task<SocketConnection> ConnectFromAsync(
        IPAddress source, IPEndPoint listener, PollerSet pollers, CancellationToken cancellationToken) =>
        ConnectAsync(Bind(source, portAtOnce: false), listener, pollers, cancellationToken);

    private static async Task<SocketConnection> ConnectAsync(
        Socket socket, IPEndPoint listener, PollerSet pollers, CancellationToken cancellationToken)
    {
        Descriptors.DisposeAndThrowIfReserved(socket);
        var connection = SocketConnection.Of(socket, pollers);
        try
        {
            await connection.ConnectAsync(listener, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static Socket OutOfRange(IPEndPoint listener)
    {
        var socket = new Socket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        LoopbackSockets.SendUnpaced(socket, listener.Address);
        return socket;
    }

    private IPAddress Next()
    {
        // The first and last of a range are left out: 127.0.0.0 and 127.255.255.255 are not usable everywhere.
        uint usable = _count > 2 ? _count - 2 : _count;
        uint offset = Interlocked.Increment(ref _next) % usable + (_count > 2 ? 1u : 0u);
        uint value = _first + offset;
        return new IPAddress([(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);
    }

    private static uint ToUInt32(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        return (uint)(bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]);
    }
}
