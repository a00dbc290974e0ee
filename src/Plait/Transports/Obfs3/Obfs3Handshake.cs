using System.Security.Cryptography;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;

namespace Plait.Transports.Obfs3;

/// <summary>
/// The key exchange, the same on both sides: each sends its public key and padding at once, in one write, and waits for the other's key
/// (O3-4). What comes after the key stays in the connection: it belongs to the stream.
/// </summary>
/// <param name="role">Which side we are.</param>
/// <param name="time">The clock.</param>
internal sealed class Obfs3Handshake(Obfs3Role role, TimeProvider time)
{
    // A connection on which no payload has moved for so long after the key exchange serves no client. obfs4proxy has no such limit (O3-9), so it
    // is drawn for each connection: a fixed one would be a mark of Plait.
    private const int LeastPatience = 60_000; // ms
    private const int MostPatience = 180_000;

    /// <summary>How long the key exchange may take, on both sides (O3-9).</summary>
    internal static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Padding: 0 to 4097 random bytes, each length as likely as the others (O3-4, O3-7).</summary>
    internal static byte[] DrawPadding() => SecureRandom.Bytes(SecureRandom.Number(MagicSearch.MaxPadding + 1));

    /// <summary>How long a server waits for payload: 60 to 180 s.</summary>
    internal static TimeSpan DrawPatience() => TimeSpan.FromMilliseconds(LeastPatience + SecureRandom.Number(MostPatience - LeastPatience + 1));

    /// <summary>Shakes hands.</summary>
    /// <exception cref="TransportException">The other side ended the connection.</exception>
    /// <exception cref="IOException">The connection was lost.</exception>
    internal async ValueTask<ByteConnection> RunAsync(ByteConnection wire, CancellationToken cancellationToken)
    {
        using var own = UniformDhKey.Create();
        await wire.WriteAsync((byte[])[.. own.Public, .. DrawPadding()], cancellationToken).ConfigureAwait(false);
        byte[] other = new byte[UniformDhKey.Size];
        for (int held = 0; held < other.Length;)
        {
            int count = await wire.ReadAsync(other.AsMemory(held), cancellationToken).ConfigureAwait(false);
            held += count > 0 ? count : throw new TransportException(
                FailureCause.Reset, $"the other side ended the connection before its key was complete")
            {
                Advice = role == Obfs3Role.Initiator
                    ? SafeText.Of($"check the address and the port in the bridge line, and that the bridge runs the same chain")
                    : SafeText.Of($"nothing, if it is seldom"),
            };
        }

        byte[] shared = own.SharedWith(other);
        try
        {
            Obfs3Role otherRole = role == Obfs3Role.Initiator ? Obfs3Role.Responder : Obfs3Role.Initiator;
            return new Obfs3Connection(
                wire, Obfs3Direction.From(shared, role), Obfs3Direction.From(shared, otherRole), DrawPadding, time,
                role == Obfs3Role.Responder ? DrawPatience() : null);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(shared);
        }
    }
}
