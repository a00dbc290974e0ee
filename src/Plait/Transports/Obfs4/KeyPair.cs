using System.Security.Cryptography;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>The key pair of one handshake. It owns the private key, and zeroes it when it is disposed.</summary>
internal sealed class KeyPair : IDisposable
{
    internal const int SeedSize = 32;

    // Pinned, so that the collector leaves no copy behind.
    private readonly byte[] _private = GC.AllocateUninitializedArray<byte>(Sodium.KeySize, pinned: true);
    private readonly byte[] _public = new byte[Sodium.PointSize];
    private readonly byte[] _representative = new byte[Elligator.Size];

    private KeyPair()
    {
    }

    /// <summary>Unclamped: X25519 clamps it at each use.</summary>
    internal ReadOnlySpan<byte> Private => _private;

    internal ReadOnlySpan<byte> Public => _public;

    /// <summary>What the peer is sent in place of the public key.</summary>
    internal ReadOnlySpan<byte> Representative => _representative;

    /// <summary>A new key pair. Takes tens of microseconds for each attempt, and two attempts on average: not on a poller's thread.</summary>
    internal static KeyPair Generate()
    {
        Span<byte> seed = stackalloc byte[SeedSize];
        while (true)
        {
            SecureRandom.Fill(seed);
            if (TryDerive(seed) is { } pair)
            {
                CryptographicOperations.ZeroMemory(seed);
                return pair;
            }
        }
    }

    /// <summary>The key pair of a seed (O4-22); null if its public key has no representative.</summary>
    internal static KeyPair? TryDerive(ReadOnlySpan<byte> seed)
    {
        Span<byte> digest = stackalloc byte[Sodium.Sha512Size];
        Sodium.Sha512(seed[..SeedSize], digest);
        var pair = new KeyPair();
        digest[..Sodium.KeySize].CopyTo(pair._private);
        bool hasOne = Elligator.TryEncode(pair._private, digest[^1], pair._public, pair._representative);
        CryptographicOperations.ZeroMemory(digest);
        if (hasOne)
        {
            return pair;
        }

        pair.Dispose();
        return null;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_private);
}
