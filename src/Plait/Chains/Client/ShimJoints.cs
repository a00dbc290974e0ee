using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;

namespace Plait.Chains.Client;

/// <summary>Opens the shim joints of one host, and counts those that listen.</summary>
/// <param name="pollers">Those that watch the joints and their connections.</param>
internal sealed class ShimJoints(PollerSet pollers)
{
    private int _open;

    /// <summary>Shims that listen at this moment: a counter for G7.</summary>
    internal int OpenCount => Volatile.Read(ref _open);

    /// <summary>Those that watch the joints and their connections.</summary>
    internal PollerSet Pollers => pollers;

    /// <summary>Listens on loopback.</summary>
    /// <exception cref="SocketException">No listener could be made.</exception>
    internal ShimJoint Open()
    {
        Socket listener = ExclusiveBind.Bind(new(IPAddress.Loopback, 0));
        try
        {
            Descriptors.DisposeAndThrowIfReserved(listener);
            LoopbackSockets.SendUnpaced(listener, IPAddress.Loopback);
            ExclusiveBind.Listen(listener, 4); // strangers in front of the hop's connection are turned away, it is not
            var shim = new ShimJoint(listener, this);
            Interlocked.Increment(ref _open);
            return shim;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>A joint listens no more.</summary>
    internal void Closed() => Interlocked.Decrement(ref _open);
}
