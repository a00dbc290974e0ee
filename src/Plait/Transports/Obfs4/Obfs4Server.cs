using System.Buffers;
using System.Globalization;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Native;
using Plait.Wire.Arguments;

namespace Plait.Transports.Obfs4;

/// <summary>A bridge's obfs4 at one place of a chain. Its connections share the identity, the table of lengths and the replay filter.</summary>
internal sealed class Obfs4Server : IPreparedServer
{
    private readonly ServerIdentity _identity;
    private readonly IatMode _mode;
    private readonly TimeProvider _time;
    private readonly Shape _shape;
    private readonly ReplayFilter _replays = new();

    /// <param name="identity">The bridge, which it owns.</param>
    /// <param name="mode">The server's mode.</param>
    /// <param name="time">The clock.</param>
    internal Obfs4Server(ServerIdentity identity, IatMode mode, TimeProvider time)
    {
        (_identity, _mode, _time, _shape) = (identity, mode, time, new(identity.Seed));
        IatMode offered = IatModes.Offered(mode, _shape);
        ClientArguments = new([
            new("cert", identity.Public.Certificate), new("iat-mode", ((int)offered).ToString(CultureInfo.InvariantCulture))]);
    }

    public PtArguments ClientArguments { get; }

    public TimeSpan? HandshakeTimeout => Obfs4Transport.ServerTimeout;

    public bool EndsDirectionsApart => false;

    /// <summary>Each failure ends at the same time, whatever it was (O4-33, O4-35).</summary>
    public TimeSpan? ClosesRejectedAfter => Obfs4Transport.ServerTimeout + _identity.CloseDelay;

    public async ValueTask<ByteConnection> AcceptAsync(ByteConnection wire, CancellationToken cancellationToken)
    {
        using var handshake = new ServerHandshake(_identity, KeyPair.Generate(), _replays); // the key first: O4-20
        await wire.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false); // a silent peer costs no buffer
        byte[] buffer = ArrayPool<byte>.Shared.Rent(2 * HandshakeSizes.Longest);
        int held = 0;
        HandshakeStep step;
        do
        {
            // A byte more than a request may have shows that it is too long.
            int count = await wire.ReadAsync(buffer.AsMemory(held, HandshakeSizes.Longest + 1 - held), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                throw new TransportException(FailureCause.Reset, $"the client closed the connection before its request was complete");
            }

            held += count;
            step = handshake.Read(buffer.AsSpan(0, held), _time);
        }
        while (step == HandshakeStep.NeedsMore);

        if (step != HandshakeStep.Done)
        {
            throw Failed(step, handshake.HoursOff);
        }

        using SessionKeys keys = handshake.Keys!;
        var sealer = new FrameSealer(new(keys.ServerToClient));
        try
        {
            int length = WriteResponse(handshake, buffer);
            length += sealer.Seal(PacketType.Seed, _identity.Seed, padding: 0, buffer.AsSpan(length));
            await wire.WriteAsync(buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false); // both in one write: O4-19
        }
        catch
        {
            sealer.Clear();
            throw;
        }

        ArrayPool<byte>.Shared.Return(buffer); // not on failure: an aborted read or write may still hold it
        return Obfs4Connection.OfServer(wire, new(new(keys.ClientToServer)), sealer, _mode, _shape, _time);
    }

    /// <summary>Zeroes the private key. Connections go on: they have keys of their own.</summary>
    public void Dispose() => _identity.Dispose();

    private static int WriteResponse(ServerHandshake handshake, Span<byte> response)
    {
        SystemInt63 random = default;
        Span<byte> padding = stackalloc byte[HandshakeSizes.ServerPadding(ref random)];
        SecureRandom.Fill(padding);
        return handshake.WriteResponse(padding, response);
    }

    private static TransportException Failed(HandshakeStep step, int? hoursOff) => new(FailureCause.ProtocolViolated, step switch
    {
        HandshakeStep.WrongMac when hoursOff > 0 => $"the client's clock is about {hoursOff.Value} h ahead of this machine's",
        HandshakeStep.WrongMac when hoursOff < 0 => $"the client's clock is about {-hoursOff.Value} h behind this machine's",
        HandshakeStep.WrongMac => $"the request has a wrong MAC",
        HandshakeStep.Replayed => $"the request was seen before: it was recorded and sent again",
        HandshakeStep.WrongProof => $"the request has a key of low order",
        _ => $"what the client sent is not a request to this bridge",
    });
}
