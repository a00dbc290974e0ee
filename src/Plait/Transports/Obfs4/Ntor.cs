using System.Security.Cryptography;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>The key exchange: ntor of tor-spec, with the identity key in its text twice, as all implementations have it (O4-16).</summary>
internal static class Ntor
{
    internal const int AuthSize = Sodium.Sha256Size;

    private const int SuffixSize = (4 * Sodium.PointSize) + 24 + BridgeIdentity.NodeIdSize;

    private static ReadOnlySpan<byte> ProtocolId => "ntor-curve25519-sha256-1"u8;

    internal static ReadOnlySpan<byte> KeyExtract => "ntor-curve25519-sha256-1:key_extract"u8;

    internal static ReadOnlySpan<byte> KeyExpand => "ntor-curve25519-sha256-1:key_expand"u8;

    private static ReadOnlySpan<byte> KeyVerify => "ntor-curve25519-sha256-1:key_verify"u8;

    private static ReadOnlySpan<byte> Mac => "ntor-curve25519-sha256-1:mac"u8;

    /// <summary>The client's side.</summary>
    /// <param name="own">Its key pair.</param>
    /// <param name="identity">The bridge.</param>
    /// <param name="serverKey">Y, the public key in the response.</param>
    /// <param name="auth">Receives AUTH, to be compared with the bridge's: 32 bytes.</param>
    /// <returns>The keys; null if a shared secret is zero, which no honest peer brings about.</returns>
    internal static SessionKeys? AsClient(KeyPair own, BridgeIdentity identity, ReadOnlySpan<byte> serverKey, Span<byte> auth)
    {
        Span<byte> secret = stackalloc byte[(2 * Sodium.PointSize) + SuffixSize];
        bool agreed = Sodium.ScalarMultiply(own.Private, serverKey, secret[..32])
            & Sodium.ScalarMultiply(own.Private, identity.PublicKey, secret[32..64]);
        return Finish(secret, agreed, identity, own.Public, serverKey, auth);
    }

    /// <summary>The server's side.</summary>
    /// <param name="own">Its key pair of this handshake.</param>
    /// <param name="identity">What its clients know of it.</param>
    /// <param name="identityKey">The private key of its identity.</param>
    /// <param name="clientKey">X, the public key in the request.</param>
    /// <param name="auth">Receives AUTH, to be sent: 32 bytes.</param>
    /// <inheritdoc cref="AsClient"/>
    internal static SessionKeys? AsServer(
        KeyPair own, BridgeIdentity identity, ReadOnlySpan<byte> identityKey, ReadOnlySpan<byte> clientKey, Span<byte> auth)
    {
        Span<byte> secret = stackalloc byte[(2 * Sodium.PointSize) + SuffixSize];
        bool agreed = Sodium.ScalarMultiply(own.Private, clientKey, secret[..32])
            & Sodium.ScalarMultiply(identityKey, clientKey, secret[32..64]);
        return Finish(secret, agreed, identity, clientKey, own.Public, auth);
    }

    private static SessionKeys? Finish(
        Span<byte> secret, bool agreed, BridgeIdentity identity, ReadOnlySpan<byte> clientKey, ReadOnlySpan<byte> serverKey, Span<byte> auth)
    {
        Span<byte> suffix = secret[(2 * Sodium.PointSize)..];
        Fill(suffix, identity, clientKey, serverKey);
        Span<byte> seed = stackalloc byte[Sodium.Sha256Size];
        Span<byte> verify = stackalloc byte[Sodium.Sha256Size];
        Sodium.HmacSha256(KeyExtract, seed, secret);
        Sodium.HmacSha256(KeyVerify, verify, secret);
        Sodium.HmacSha256(Mac, auth, verify, suffix, "Server"u8);
        SessionKeys? keys = agreed ? new(seed) : null;
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(seed);
        CryptographicOperations.ZeroMemory(verify);
        return keys;
    }

    private static void Fill(Span<byte> suffix, BridgeIdentity identity, ReadOnlySpan<byte> clientKey, ReadOnlySpan<byte> serverKey)
    {
        identity.PublicKey.CopyTo(suffix);
        identity.PublicKey.CopyTo(suffix[32..]);
        clientKey.CopyTo(suffix[64..]);
        serverKey.CopyTo(suffix[96..]);
        ProtocolId.CopyTo(suffix[128..]);
        identity.NodeId.CopyTo(suffix[152..]);
    }
}
