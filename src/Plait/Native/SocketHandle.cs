using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Plait.Native;

/// <summary>
/// The descriptor of a socket, and nothing else: a <see cref="Socket"/> with its handle and its end points takes several objects for every
/// connection. Closing it is close(2): the system delivers what was written, or sends a reset after <see cref="Libc.ResetOnClose"/>.
/// </summary>
internal sealed class SocketHandle : SafeHandleMinusOneIsInvalid
{
    /// <summary>Owns <paramref name="descriptor"/>.</summary>
    internal SocketHandle(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>Takes the descriptor of <paramref name="socket"/>, which must not be used any more, not even to dispose it.</summary>
    internal static SocketHandle Take(Socket socket)
    {
        var taken = new SocketHandle((int)socket.SafeHandle.DangerousGetHandle());
        socket.SafeHandle.SetHandleAsInvalid();
        GC.SuppressFinalize(socket);
        return taken;
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
