using Plait.Connections;
using Plait.Transports;

namespace Plait.Tests.Support;

/// <summary>Transports that wrap a connection at once, without a handshake.</summary>
internal static class TransportExtensions
{
    internal static ByteConnection WrapClient(this IInProcessTransport transport, ByteConnection wire) =>
        AtOnce(transport.ConnectAsync(wire, new(), Deadline.Token));

    internal static ByteConnection WrapServer(this IInProcessTransport transport, ByteConnection wire) =>
        AtOnce(transport.AcceptAsync(wire, new(), Deadline.Token));

    private static ByteConnection AtOnce(ValueTask<ByteConnection> wrapping) =>
        wrapping.IsCompletedSuccessfully ? wrapping.Result : throw new InvalidOperationException("The transport waits for something.");
}
