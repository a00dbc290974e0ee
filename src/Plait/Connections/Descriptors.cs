using System.Net.Sockets;
using Plait.Connections.Polling;

namespace Plait.Connections;

/// <summary>
/// The descriptors of this process, of which the last few are a reserve: for saying why a connection is refused, for starting a
/// child again, for files that the runtime loads late. No connection stays on one of them.
/// </summary>
/// <remarks>
/// A new descriptor is always the lowest that is free (open(2)). So its number says that all below it are in use, and nothing
/// has to be counted or kept open. The runtime raises the limit to all that the system allows when it starts, and children
/// inherit that, as they would from tor.
/// </remarks>
internal static class Descriptors
{
    // Six children that start at once take eight each (three pipes for their streams, one for their exec), and some more are
    // there to refuse with. Of a small limit, a quarter.
    private const int MostReserved = 64;

    private const int NumberOfFiles = 7; // RLIMIT_NOFILE, getrlimit(2)

    /// <summary>How many this process may have; where that is not known, more than there can be.</summary>
    internal static int Limit
    {
        get
        {
            // Current and most, of the C library's rlim_t, which on a small machine may be two words: the lower comes first.
            Span<nuint> limits = stackalloc nuint[4];
            return OperatingSystem.IsLinux() && Libc.GetLimit(NumberOfFiles, limits) == 0
                ? (int)nuint.Min(limits[0], int.MaxValue)
                : int.MaxValue;
        }
    }

    /// <summary>Whether an error of the system says that it, or this process, has too many: ENFILE, EMFILE of errno(3).</summary>
    internal static bool AreLacking(int error) => error is 23 or 24;

    /// <summary>Whether a socket has its descriptor from the reserve.</summary>
    internal static bool IsReserved(Socket socket) => IsReserved((int)socket.Handle);

    /// <summary>Whether a descriptor is one of the reserve.</summary>
    internal static bool IsReserved(int descriptor) => Limit is var limit && descriptor >= limit - Reserve(limit);

    /// <summary>Whether a socket has its descriptor from the second half of the reserve: not even a refusal may hold that for long.</summary>
    internal static bool IsLast(Socket socket) => Limit is var limit && (int)socket.Handle >= limit - (Reserve(limit) / 2);

    /// <summary>For a socket that is to be part of a connection; it is closed if it may not.</summary>
    /// <exception cref="SocketException">No descriptor is left for it.</exception>
    internal static void Admit(Socket socket)
    {
        if (IsReserved(socket))
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TooManyOpenSockets);
        }
    }

    /// <summary>
    /// Whether there are some beside the reserve again: enough for a few connections, so that a shortage does not end and begin
    /// with each of them.
    /// </summary>
    internal static bool AreFree()
    {
        if (!OperatingSystem.IsLinux())
        {
            return true; // a connection that finds none says so again
        }

        Span<int> taken = stackalloc int[MostReserved / 2];
        int count = 0;
        do
        {
            taken[count] = Libc.EventDescriptor(0, Libc.CloseOnExec);
        }
        while (taken[count] >= 0 && !IsReserved(taken[count]) && ++count < taken.Length);

        bool free = count == taken.Length;
        foreach (int descriptor in free ? taken : taken[..(count + 1)])
        {
            _ = descriptor < 0 ? 0 : Libc.Close(descriptor);
        }

        return free;
    }

    private static int Reserve(int limit) => Math.Min(MostReserved, limit / 4);
}
