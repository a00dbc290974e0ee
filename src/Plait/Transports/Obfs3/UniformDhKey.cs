using System.Security.Cryptography;
using Plait.Native;

namespace Plait.Transports.Obfs3;

/// <summary>
/// A key pair of UniformDH: a Diffie-Hellman exchange whose public keys look like random bytes. Half of the numbers below P are squares, and
/// powers of 2 are; a coin decides whether the public key is the power or its negative, which is none (O3-2).
/// </summary>
internal sealed class UniformDhKey : IDisposable
{
    /// <summary>Bytes of a public key, and of what two sides share.</summary>
    internal const int Size = Group5.Size;

    // 384 bits. RFC 3526, section 8, asks for 240 at most in this group; obfs4proxy draws 1,536, which takes four times as long and looks the same.
    private const int SecretSize = 48;

    private readonly byte[] _exponent;

    /// <param name="secret">Random bytes, a multiple of 8 and at most <see cref="Size"/>; the lowest bit is the coin. The key pair owns them.</param>
    internal UniformDhKey(byte[] secret)
    {
        uint coin = secret[^1] & 1u;
        secret[^1] &= 0xFE;
        _exponent = secret;
        Public = new byte[Size];
        Group5.PowerOfTwo(secret, Public);
        Group5.Negate(Public, coin);
    }

    /// <summary>A new key pair. It computes for a part of a millisecond.</summary>
    internal static UniformDhKey Create()
    {
        PollerThread.AssertNot();
        byte[] secret = GC.AllocateUninitializedArray<byte>(SecretSize, pinned: true); // the collector leaves no copy behind
        SecureRandom.Fill(secret);
        return new(secret);
    }

    /// <summary>The public key.</summary>
    internal byte[] Public { get; }

    /// <summary>
    /// What is shared with the owner of a public key, which is not checked (O3-3). It computes for a part of a millisecond. The sign of the
    /// other key does not matter, because the exponent is even. The caller zeroes it.
    /// </summary>
    internal byte[] SharedWith(ReadOnlySpan<byte> other)
    {
        PollerThread.AssertNot();
        byte[] shared = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
        Group5.Power(other, _exponent, shared);
        return shared;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_exponent);
}
