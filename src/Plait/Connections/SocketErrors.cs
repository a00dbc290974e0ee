using System.Net.Sockets;
using Plait.Native;

namespace Plait.Connections;

/// <summary>errno(3) of socket(2), bind(2), listen(2) and connect(2) as .NET names it.</summary>
internal static class SocketErrors
{
    /// <summary>The exception for a call that failed at once.</summary>
    internal static SocketException Of(int error) => new((int)(error switch
    {
        Libc.NotPermitted or Libc.AccessDenied => SocketError.AccessDenied, // a firewall of this machine, or a security module
        Libc.Invalid => SocketError.InvalidArgument,
        Libc.TooManyFilesOfAll or Libc.TooManyFiles => SocketError.TooManyOpenSockets,
        Libc.FamilyNotSupported => SocketError.AddressFamilyNotSupported,
        Libc.AddressInUse => SocketError.AddressAlreadyInUse,
        Libc.Again or Libc.AddressNotAvailable => SocketError.AddressNotAvailable, // no port is free, no address of that family
        Libc.NetworkDown => SocketError.NetworkDown,
        Libc.NetworkUnreachable => SocketError.NetworkUnreachable,
        Libc.ConnectionAborted => SocketError.ConnectionAborted,
        Libc.ConnectionReset => SocketError.ConnectionReset,
        Libc.NoBuffers => SocketError.NoBufferSpaceAvailable,
        Libc.TimedOut => SocketError.TimedOut,
        Libc.ConnectionRefused => SocketError.ConnectionRefused,
        Libc.HostDown => SocketError.HostDown,
        Libc.HostUnreachable => SocketError.HostUnreachable,
        _ => SocketError.SocketError,
    }));
}
