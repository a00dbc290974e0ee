using System.Net.Sockets;

namespace Plait.Connections;

/// <summary>errno(3) of socket(2), bind(2), listen(2) and connect(2) as .NET names it. The numbers are those of asm-generic.</summary>
internal static class SocketErrors
{
    /// <summary>The exception for a call that failed at once.</summary>
    internal static SocketException Of(int error) => new((int)(error switch
    {
        1 or 13 => SocketError.AccessDenied, // EPERM, EACCES: a firewall of this machine, or a security module
        22 => SocketError.InvalidArgument,
        23 or 24 => SocketError.TooManyOpenSockets,
        97 => SocketError.AddressFamilyNotSupported,
        98 => SocketError.AddressAlreadyInUse,
        11 or 99 => SocketError.AddressNotAvailable, // no port is free, no address of that family
        100 => SocketError.NetworkDown,
        101 => SocketError.NetworkUnreachable,
        104 => SocketError.ConnectionReset,
        105 => SocketError.NoBufferSpaceAvailable,
        110 => SocketError.TimedOut,
        111 => SocketError.ConnectionRefused,
        112 => SocketError.HostDown,
        113 => SocketError.HostUnreachable,
        _ => SocketError.SocketError,
    }));
}
