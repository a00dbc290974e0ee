using Plait.Connections;

namespace Plait.Transports;

/// <summary>
/// A transport that runs inside Plait. It wraps a connection to the far side into the stream that it offers; it neither
/// dials nor listens.
/// </summary>
public interface IInProcessTransport
{
    /// <summary>The transport's name, a C identifier (N1).</summary>
    string Name { get; }

    /// <summary>The client side: payload is written to and read from the result, transport bytes go over <paramref name="wire"/>.</summary>
    ByteConnection WrapClient(ByteConnection wire);

    /// <summary>The server side of the same.</summary>
    ByteConnection WrapServer(ByteConnection wire);
}

/// <summary>The in-process transports there are.</summary>
public static class InProcessTransports
{
    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, IInProcessTransport> All { get; } =
        new IInProcessTransport[] { new IdentityTransport(), new Base64Transport() }.ToDictionary(transport => transport.Name);
}
