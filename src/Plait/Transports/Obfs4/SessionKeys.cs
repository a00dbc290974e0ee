using System.Security.Cryptography;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>What both directions of a connection are sealed with (O4-18). Zeroed when it is disposed.</summary>
internal sealed class SessionKeys : IDisposable
{
    /// <summary>Bytes of one direction: key, prefix of the nonces, seed of the length masks.</summary>
    internal const int DirectionSize = Sodium.KeySize + Sodium.NoncePrefixSize + Drbg.SeedSize;

    internal const int Size = 2 * DirectionSize;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Size, pinned: true);

    /// <param name="seed">KEY_SEED of the handshake.</param>
    internal SessionKeys(ReadOnlySpan<byte> seed)
    {
        // HKDF with SHA-256 (RFC 5869).
        Span<byte> key = stackalloc byte[Sodium.Sha256Size];
        Sodium.HmacSha256(Ntor.KeyExtract, key, seed);
        Span<byte> block = stackalloc byte[Sodium.Sha256Size];
        for (int done = 0, round = 1; done < Size; done += block.Length, round++)
        {
            Sodium.HmacSha256(key, block, done == 0 ? [] : block, Ntor.KeyExpand, [(byte)round]);
            block[..Math.Min(block.Length, Size - done)].CopyTo(_bytes.AsSpan(done));
        }

        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(block);
    }

    /// <summary>What the client sends with. The specification has the two halves the other way round.</summary>
    internal ReadOnlySpan<byte> ClientToServer => _bytes.AsSpan(0, DirectionSize);

    /// <summary>What the server sends with.</summary>
    internal ReadOnlySpan<byte> ServerToClient => _bytes.AsSpan(DirectionSize);

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
