using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace Plait.Transports.Obfs3;

/// <summary>What one direction of a connection uses: its cipher, and the magic that stands before its first payload (O3-5, O3-6).</summary>
/// <param name="Cipher">Its cipher stream.</param>
/// <param name="Magic">32 bytes.</param>
internal sealed record Obfs3Direction(AesCounterMode Cipher, byte[] Magic)
{
    private readonly Lock _turn = new(); // the key is not zeroed while it is used
    private bool _cleared;

    /// <summary>Encrypts or decrypts the next bytes. Source and destination may be the same.</summary>
    /// <exception cref="IOException">The connection is closed.</exception>
    internal void Apply(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        lock (_turn)
        {
            if (_cleared)
            {
                throw new IOException("The obfs3 connection is closed.");
            }

            Cipher.Apply(source, destination);
        }
    }

    /// <summary>Zeroes the key. The magic has stood on the wire and is no secret.</summary>
    internal void Clear()
    {
        lock (_turn)
        {
            _cleared = true;
            Cipher.Clear();
        }
    }

    /// <summary>Nothing of what it holds (G5).</summary>
    public override string ToString() => nameof(Obfs3Direction);

    /// <summary>The direction in which a role sends.</summary>
    /// <param name="shared">What the key exchange gave.</param>
    /// <param name="sender">Who sends.</param>
    internal static Obfs3Direction From(ReadOnlySpan<byte> shared, Obfs3Role sender)
    {
        bool initiator = sender == Obfs3Role.Initiator;
        byte[] secret = Hash(shared, initiator ? "Initiator obfuscated data"u8 : "Responder obfuscated data"u8);
        byte[] magic = Hash(shared, initiator ? "Initiator magic"u8 : "Responder magic"u8);
        var cipher = new AesCounterMode(secret.AsSpan(0, AesCounterMode.BlockSize), secret.AsSpan(AesCounterMode.BlockSize));
        Array.Clear(secret);
        return new(cipher, magic);
    }

    /// <summary>HMAC-SHA256 of BouncyCastle: the platform's is OpenSSL's (docs/dependencies.md).</summary>
    internal static byte[] Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        var hmac = new HMac(new Sha256Digest());
        hmac.Init(new KeyParameter(key));
        hmac.BlockUpdate(message);
        byte[] hash = new byte[hmac.GetMacSize()];
        hmac.DoFinal(hash);
        return hash;
    }
}
