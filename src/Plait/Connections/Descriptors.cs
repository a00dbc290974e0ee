using System.Net.Sockets;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// The descriptors of this process. The last few are a reserve: for refusing a connection with a reason, for starting a child again, for
/// the runtime. No connection stays on one of them.
/// </summary>
/// <remarks>
/// <para>A new descriptor is always the lowest that is free (open(2)). So its number shows that all below it are in use, and nothing
/// has to be counted or kept open. The program raises the limit to all that the system allows when it starts, and children
/// inherit that, as they would from tor.</para>
/// <para>Without the reserve Plait would not live: the runtime ends the process ("Out of memory.") when it starts a thread and finds no
/// descriptor for it (seen with .NET 10.0.12).</para>
/// </remarks>
[ProgramSeam]
internal static class Descriptors
{
    // Half of the reserve is for refusals, a quarter more for connections of children at joints meanwhile. The last 32 are for four
    // children that start at once (each takes seven: three pipes for its streams, one that reports its end) and for the guard. Of a
    // small limit, a quarter is reserved.
    private const int MostReserved = 128;

    // As many free ones beside the reserve end a shortage: enough for five connections of two hops.
    private const int Enough = 32;

    /// <summary>How many this process may have; if that is not known, the largest number.</summary>
    internal static int Limit => (int)nuint.Min(Libc.DescriptorLimit, int.MaxValue);

    /// <summary>Whether an errno reports that the system, or this process, has too many.</summary>
    internal static bool AreLacking(int error) => error is Libc.TooManyFilesOfAll or Libc.TooManyFiles;

    /// <summary>Whether a connection has its descriptor from the reserve.</summary>
    internal static bool IsReserved(SocketConnection connection) => IsReserved(connection.Descriptor);

    /// <summary>Whether a descriptor is one of the reserve.</summary>
    internal static bool IsReserved(int descriptor) => Limit is var limit && descriptor >= limit - Reserve(limit);

    /// <summary>
    /// Whether a socket has its descriptor from the last half of the reserve, or the last quarter if it came to a joint: not even a
    /// refusal may keep it.
    /// </summary>
    internal static bool IsLast(SocketConnection accepted, bool atJoint) =>
        Limit is var limit && accepted.Descriptor >= limit - (Reserve(limit) / (atJoint ? 4 : 2));

    /// <summary>Checks a socket that is to be part of a connection. One with a descriptor from the reserve is closed.</summary>
    /// <exception cref="SocketException">No descriptor is left for it.</exception>
    internal static void DisposeAndThrowIfReserved(Socket socket)
    {
        if (IsReserved((int)socket.Handle))
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TooManyOpenSockets);
        }
    }

    /// <inheritdoc cref="DisposeAndThrowIfReserved(Socket)"/>
    internal static void DisposeAndThrowIfReserved(SocketConnection connection)
    {
        if (IsReserved(connection))
        {
            connection.Close();
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
            return true; // a connection that finds none reports that again
        }

        Span<int> taken = stackalloc int[Enough];
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
