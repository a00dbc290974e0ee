using Plait.Connections;
using Plait.Tests.Support;
using Plait.Transports;
using Plait.Transports.Obfs4;
using Plait.Wire.Arguments;

namespace Plait.Tests.Transports.Obfs4;

/// <summary>Client and server of obfs4 over a connection in memory.</summary>
internal static class Obfs4Pair
{
    internal static Obfs4Transport Transport { get; } = new();

    internal static PtArguments Arguments(string certificate, IatMode mode) =>
        new([new("cert", certificate), new("iat-mode", ((int)mode).ToString(System.Globalization.CultureInfo.InvariantCulture))]);

    /// <summary>A client's handshake with the bridge.</summary>
    internal static IClientHandshake Client(ServerIdentity bridge, IatMode mode = IatMode.None, TimeProvider? time = null) => Transport.Prepare(new()
    {
        Arguments = Arguments(bridge.Public.Certificate, mode),
        Time = time ?? TimeProvider.System,
    });

    /// <summary>Both ends after a handshake, in no particular order of reads and writes.</summary>
    internal static async Task<(ByteConnection Client, ByteConnection Server)> ConnectAsync(
        ServerIdentity bridge, IatMode mode = IatMode.None, TimeProvider? time = null, ByteConnection? clientWire = null, ByteConnection? serverWire = null)
    {
        (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
        var server = (IPreparedServer)new Obfs4Server(bridge, mode, time ?? TimeProvider.System); // not disposed: the bridge is the caller's
        using IClientHandshake client = Client(bridge, mode, time);
        Task<ByteConnection> accepting = server.AcceptAsync(serverWire ?? far, Deadline.Token).AsTask();
        Task<ByteConnection> connecting = client.ConnectAsync(clientWire ?? near, Deadline.Token).AsTask();
        return (await connecting.Within("the client has the response"), await accepting.Within("the server has the request"));
    }

    /// <summary>The keys of a connection after the vectors' handshake, opened from both ends without one.</summary>
    internal static (Obfs4Connection Client, Obfs4Connection Server) Ends(
        ByteConnection near, ByteConnection far, IatMode mode, Shape shape, TimeProvider time)
    {
        using var keys = new SessionKeys(new byte[32]);
        return (Obfs4Connection.OfClient(near, keys, mode, [], time),
            Obfs4Connection.OfServer(far, new(new(keys.ClientToServer)), new(new(keys.ServerToClient)), mode, shape, time));
    }
}

/// <summary>Keeps the lengths of what is written, and passes it on.</summary>
internal sealed class WriteLog(ByteConnection inner) : WrappedConnection(inner)
{
    private readonly List<int> _writes = [];

    internal bool IsDisposed { get; private set; }

    internal bool IsAborted { get; private set; }

    internal int[] Writes
    {
        get
        {
            lock (_writes)
            {
                return [.. _writes];
            }
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => Inner.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        lock (_writes)
        {
            _writes.Add(buffer.Length);
        }

        return Inner.WriteAsync(buffer, cancellationToken);
    }

    public override void Abort()
    {
        IsAborted = true;
        base.Abort();
    }

    public override ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return base.DisposeAsync();
    }
}
