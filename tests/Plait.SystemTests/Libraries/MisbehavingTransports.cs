using Plait.Connections;
using Plait.Transports;
using Plait.Wire.Arguments;

#pragma warning disable CA1822, CA1065 // what they do wrong is what they are for

namespace Plait.SystemTests.Libraries;

/// <summary>Where a transport throws what it may not throw.</summary>
public enum Fault
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>In its properties.</summary>
    Properties,

    /// <summary>When a connection is prepared.</summary>
    Prepare,

    /// <summary>It prepares null.</summary>
    PrepareNull,

    /// <summary>In its handshake.</summary>
    Handshake,

    /// <summary>Its handshake gives null.</summary>
    HandshakeNull,

    /// <summary>When its stream is read.</summary>
    Read,

    /// <summary>When its stream is written.</summary>
    Write,

    /// <summary>Its stream claims more bytes than there is room for.</summary>
    ReadTooMuch,
}

/// <summary>Wraps nothing, and throws at a place.</summary>
public class FaultyTransport(Fault fault) : IClientTransport, IServerTransport, IClientHandshake, IPreparedServer
{
    private const string Secret = "hidden-in-a-message";

    public string Name => "faulty";

    public TimeSpan? HandshakeTimeout => fault == Fault.Properties ? throw new InvalidOperationException(Secret) : null;

    public bool EndsDirectionsApart => fault == Fault.Properties ? throw new InvalidOperationException(Secret) : true;

    public TimeSpan? ClosesRejectedAfter => null;

    public PtArguments ClientArguments => PtArguments.Empty;

    public IClientHandshake Prepare(ClientTransportContext context) =>
        fault == Fault.Prepare ? throw new InvalidOperationException(Secret) : fault == Fault.PrepareNull ? null! : this;

    public ValueTask<IPreparedServer> PrepareAsync(ServerTransportContext context, CancellationToken cancellationToken) =>
        fault == Fault.Prepare ? throw new InvalidOperationException(Secret) : new(fault == Fault.PrepareNull ? null! : this);

    public ValueTask<ByteConnection> ConnectAsync(ByteConnection wire, CancellationToken cancellationToken) => Wrap(wire);

    public ValueTask<ByteConnection> AcceptAsync(ByteConnection wire, CancellationToken cancellationToken) => Wrap(wire);

    public void Dispose() => GC.SuppressFinalize(this);

    private ValueTask<ByteConnection> Wrap(ByteConnection wire) => fault switch
    {
        Fault.Handshake => throw new InvalidOperationException(Secret),
        Fault.HandshakeNull => new((ByteConnection)null!),
        _ => new(new Stream(wire, fault)),
    };

    private sealed class Stream(ByteConnection wire, Fault fault) : ByteConnection
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
            fault == Fault.Read ? throw new InvalidOperationException(Secret)
            : await wire.ReadAsync(buffer, cancellationToken) + (fault == Fault.ReadTooMuch ? buffer.Length + 1 : 0);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
            fault == Fault.Write ? throw new InvalidOperationException(Secret) : wire.WriteAsync(buffer, cancellationToken);

        public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => wire.CompleteWritesAsync(cancellationToken);

        public override void Abort() => wire.Abort();

        public override ValueTask DisposeAsync() => wire.DisposeAsync();
    }
}

/// <summary>A constructor that throws.</summary>
public sealed class ThrowingConstructor : FaultyTransport
{
    public ThrowingConstructor()
        : base(Fault.None) => throw new InvalidOperationException("hidden-in-a-message");
}

/// <summary>A constructor that never returns.</summary>
public sealed class EndlessConstructor : FaultyTransport
{
    public EndlessConstructor()
        : base(Fault.None) => Thread.Sleep(Timeout.Infinite);
}
