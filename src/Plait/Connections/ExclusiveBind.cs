using System.Net;
using System.Net.Sockets;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// Takes addresses of this machine for this process alone. <see cref="Socket.Bind"/> sets SO_REUSEADDR on every TCP socket; with it
/// Linux lets any other user bind, and listen at, an address that is bound and not listened on (socket(7), ip(7)).
/// </summary>
/// <remarks>
/// An address is bound without that option. Where connections of an earlier process still are in TIME_WAIT at it, only SO_REUSEADDR gets
/// it; the option is then taken back at once, after which Linux refuses other sockets. A socket that listens is safe with it, and gets it
/// again so that its connections carry it: a successor can bind beside those that linger.
/// </remarks>
internal static class ExclusiveBind
{
    // Each fails only if another process takes, within microseconds, the very port that the system has just chosen.
    private const int FreePortAttempts = 8;

    /// <summary>A socket that has <paramref name="address"/>, and does not listen yet.</summary>
    /// <param name="address">The address; port 0 for one of the system's choice.</param>
    /// <param name="portAtOnce">False: connect(2) chooses the port, knowing the other end. bind(2) needs one that is free for all.</param>
    /// <exception cref="SocketException">It is taken, or not of this machine.</exception>
    internal static Socket Bind(IPEndPoint address, bool portAtOnce = true) => Bind(address, portAtOnce, bothFamilies: false);

    /// <summary>
    /// The same for a listener that faces the network. As Go's net package has it (seen with obfs4proxy 0.0.14), the wildcard of
    /// either family takes both; 0.0.0.0 is of IPv4 alone where the system has no IPv6.
    /// </summary>
    /// <inheritdoc cref="Bind(IPEndPoint, bool)"/>
    internal static Socket BindToNetwork(IPEndPoint address)
    {
        for (int attempt = 1; address.Port == 0 && OperatingSystem.IsLinux(); attempt++)
        {
            try
            {
                return BindFamilies(WithFreePort(address)); // by its number: else the port would go with the first StopListening
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse && attempt < FreePortAttempts)
            {
                // Another process was faster.
            }
        }

        return BindFamilies(address);
    }

    private static Socket BindFamilies(IPEndPoint address)
    {
        if (!address.Address.IsAny())
        {
            return Bind(address);
        }

        try
        {
            return Bind(new(IPAddress.IPv6Any, address.Port), portAtOnce: true, bothFamilies: true);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressFamilyNotSupported && address.AddressFamily == AddressFamily.InterNetwork)
        {
            return Bind(address);
        }
    }

    /// <summary>Listens at a socket that was bound here.</summary>
    /// <exception cref="SocketException">Another socket listens there; it may be tried again.</exception>
    internal static void Listen(Socket bound, int backlog)
    {
        if (!OperatingSystem.IsLinux())
        {
            bound.Listen(backlog);
            return;
        }

        if (Libc.Listen(bound.SafeHandle, backlog) < 0)
        {
            int error = Libc.Error;
            Libc.AllowReuse(bound.SafeHandle, allow: true); // beside connections that linger; at once, so that no other process binds in between
            if (error != Libc.AddressInUse || Libc.Listen(bound.SafeHandle, backlog) < 0)
            {
                Libc.AllowReuse(bound.SafeHandle, allow: false);
                throw SocketErrors.Of(error);
            }
        }

        Libc.AllowReuse(bound.SafeHandle, allow: true);
    }

    /// <summary>
    /// Stops listening at a socket that was bound here. It keeps its address if that had a port: other sockets cannot bind it, and the system
    /// refuses connections. <see cref="Listen"/> starts it again.
    /// </summary>
    internal static void StopListening(Socket listener)
    {
        if (OperatingSystem.IsLinux())
        {
            Libc.AllowReuse(listener.SafeHandle, allow: false);
            _ = Libc.StopListening(listener.SafeHandle);
        }
    }

    private static Socket Bind(IPEndPoint address, bool portAtOnce, bool bothFamilies)
    {
        if (!OperatingSystem.IsLinux())
        {
            return BindByRuntime(address, bothFamilies);
        }

        int family = address.AddressFamily == AddressFamily.InterNetwork ? Libc.IPv4Family : Libc.IPv6Family;
        int descriptor = Libc.OpenSocket(family, Libc.StreamSocket | Libc.CloseOnExec, 0);
        if (descriptor < 0)
        {
            throw SocketErrors.Of(Libc.Error);
        }

        var handle = new SafeSocketHandle(descriptor, ownsHandle: true);
        try
        {
            if (family == Libc.IPv6Family)
            {
                Libc.OnlyIPv6(handle, !bothFamilies);
            }

            if (!portAtOnce)
            {
                Libc.BindWithoutPort(handle);
            }

            SocketAddress bytes = address.Serialize();
            Take(handle, bytes.Buffer.Span, bytes.Size);
            return new(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The same address with a port of the system's choice, which another process may take before it is used. Of a wildcard address it is free
    /// in both families.
    /// </summary>
    /// <exception cref="SocketException">The address is not of this machine.</exception>
    internal static IPEndPoint WithFreePort(IPEndPoint address)
    {
        using Socket socket = BindFamilies(new(address.Address, 0));
        return new(address.Address, ((IPEndPoint)socket.LocalEndPoint!).Port);
    }

    private static void Take(SafeSocketHandle socket, ReadOnlySpan<byte> address, int length)
    {
        if (Libc.Bind(socket, address, length) == 0)
        {
            return;
        }

        int error = Libc.Error;
        if (error == Libc.AddressInUse)
        {
            Libc.AllowReuse(socket, allow: true);
            error = Libc.Bind(socket, address, length) == 0 ? 0 : Libc.Error;
            Libc.AllowReuse(socket, allow: false);
        }

        if (error != 0)
        {
            throw SocketErrors.Of(error);
        }
    }

    private static Socket BindByRuntime(IPEndPoint address, bool bothFamilies)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = bothFamilies;
            }

            socket.Bind(address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
