using System.Buffers;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>The client's handshake over a connection. It sends nothing more before the response is good (O4-14).</summary>
/// <param name="identity">The bridge.</param>
/// <param name="mode">The client's mode.</param>
/// <param name="own">Its key pair, which it owns.</param>
/// <param name="time">The clock.</param>
internal sealed class Obfs4Client(BridgeIdentity identity, IatMode mode, KeyPair own, TimeProvider time) : IClientHandshake
{
    // A bridge keeps a request that it does not take for 30 s and more (O4-33). Networks and other services end a connection sooner.
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(10);

    private static readonly SafeText s_checkCertificate = $"check the cert of the bridge line, and the clock of this machine";

    private readonly ClientHandshake _handshake = new(identity, own);

    public async ValueTask<ByteConnection> ConnectAsync(ByteConnection wire, CancellationToken cancellationToken)
    {
        // Both messages are longer than the pool's smaller arrays; the connection's frames may follow the response in the same read.
        byte[] buffer = ArrayPool<byte>.Shared.Rent(2 * HandshakeSizes.Longest);
        await wire.WriteAsync(buffer.AsMemory(0, WriteRequest(buffer)), cancellationToken).ConfigureAwait(false);
        long asked = time.GetTimestamp();
        int held = 0;
        while (true)
        {
            int count = await wire.ReadAsync(buffer.AsMemory(held), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                throw Ended(held, time.GetElapsedTime(asked));
            }

            held += count;
            HandshakeStep step = _handshake.Read(buffer.AsSpan(0, held));
            if (step == HandshakeStep.NeedsMore)
            {
                continue;
            }

            if (step != HandshakeStep.Done)
            {
                throw Failed(step);
            }

            using SessionKeys keys = _handshake.Keys!;
            Span<byte> rest = buffer.AsSpan(_handshake.ResponseLength, held - _handshake.ResponseLength);
            var connection = Obfs4Connection.OfClient(wire, keys, mode, rest, time);
            ArrayPool<byte>.Shared.Return(buffer); // not on failure: an aborted read may still hold it
            return connection;
        }
    }

    public void Dispose() => _handshake.Dispose();

    private int WriteRequest(Span<byte> request)
    {
        SystemInt63 random = default;
        Span<byte> padding = stackalloc byte[HandshakeSizes.ClientPadding(ref random)];
        SecureRandom.Fill(padding);
        return _handshake.WriteRequest(padding, HandshakeMac.HourOf(time.GetUtcNow()), request);
    }

    /// <summary>A bridge answers a request that it does not take with silence, and ends the connection after 30 s or more (O4-33).</summary>
    private static TransportException Ended(int received, TimeSpan waited) => received > 0
        ? new(FailureCause.Reset, $"the bridge closed the connection within its answer")
        : waited < s_long
        ? new(
            FailureCause.Reset,
            $"the connection was closed soon and without an answer; an obfs4 bridge keeps a client that it does not know for 30 s and more")
        {
            Advice = $"check the address and the port in the bridge line, and that the bridge runs the same chain",
        }
        : new(FailureCause.Reset, $"the bridge closed the connection without an answer, as if the cert or the hour of the request were not its own")
        {
            Advice = s_checkCertificate,
        };

    private static TransportException Failed(HandshakeStep step) => step switch
    {
        HandshakeStep.NoMark => new(FailureCause.ProtocolViolated, $"the answer is not that of the bridge in the bridge line")
        {
            Advice = s_checkCertificate,
        },
        HandshakeStep.WrongMac => new(FailureCause.ProtocolViolated, $"the answer of the bridge has a wrong MAC: it was changed on its way"),
        _ => new(FailureCause.ProtocolViolated, $"the bridge has not proved that it has the key of the cert")
        {
            Advice = $"check the cert of the bridge line; obfs4proxy before 0.0.12 on the bridge has to be replaced", // O4-28
        },
    };
}
