using Plait.Connections;
using Plait.Transports;

namespace Plait.Tests.Support;

/// <summary>Both sides of a transport without arguments and options.</summary>
internal static class TransportExtensions
{
    /// <summary>The client's stream of a transport without a handshake.</summary>
    internal static ByteConnection WrapClient(this IClientTransport transport, ByteConnection wire) =>
        AtOnce(transport.Prepare(new()).ConnectAsync(wire, Deadline.Token));

    /// <summary>The server's stream of a transport without a handshake.</summary>
    internal static ByteConnection WrapServer(this IServerTransport transport, ByteConnection wire) =>
        AtOnce(AtOnce(transport.PrepareAsync(new(), Deadline.Token)).AcceptAsync(wire, Deadline.Token));

    private static T AtOnce<T>(ValueTask<T> wrapping) =>
        wrapping.IsCompletedSuccessfully ? wrapping.Result : throw new InvalidOperationException("The transport waits for something.");
}
