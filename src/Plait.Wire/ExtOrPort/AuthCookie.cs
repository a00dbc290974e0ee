using System.Diagnostics.CodeAnalysis;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace Plait.Wire.ExtOrPort;

/// <summary>The shared secret of the two sides of an Extended ORPort (X7). It has no text form, so that it is never printed.</summary>
public sealed class AuthCookie
{
    /// <summary>Bytes of a cookie file: a header of 32 and the cookie of 32. goptlib accepts no other length (X7).</summary>
    public const int FileLength = 64;

    /// <summary>Bytes of a cookie, a nonce and a hash (X4 to X7).</summary>
    internal const int SecretLength = 32;

    private readonly byte[] _secret;

    private AuthCookie(byte[] secret) => _secret = secret;

    private static ReadOnlySpan<byte> Header => "! Extended ORPort Auth Cookie !\n"u8;

    private static ReadOnlySpan<byte> ServerPrefix => "ExtORPort authentication server-to-client hash"u8;

    private static ReadOnlySpan<byte> ClientPrefix => "ExtORPort authentication client-to-server hash"u8;

    /// <summary>Reads the contents of a cookie file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="cookie">The cookie, or null after an error.</param>
    /// <param name="error">What is wrong with the file; null on success.</param>
    public static bool TryParseFile(ReadOnlySpan<byte> file, [NotNullWhen(true)] out AuthCookie? cookie, out string? error)
    {
        cookie = null;
        error = null;
        if (file.Length != FileLength)
        {
            error = $"the cookie file does not have {FileLength} bytes";
            return false;
        }

        if (!file.StartsWith(Header))
        {
            error = "the cookie file does not begin as an Extended ORPort cookie does";
            return false;
        }

        cookie = new(file[Header.Length..].ToArray());
        return true;
    }

    /// <summary>A new cookie.</summary>
    /// <param name="secret">32 random bytes.</param>
    /// <exception cref="ArgumentException">The secret does not have 32 bytes.</exception>
    public static AuthCookie Create(ReadOnlySpan<byte> secret) => secret.Length == SecretLength
        ? new(secret.ToArray())
        : throw new ArgumentException($"A cookie's secret has {SecretLength} bytes.", nameof(secret));

    /// <summary>The contents of a cookie file for the child processes.</summary>
    public byte[] FormatFile() => [.. Header, .. _secret];

    /// <summary>Proves that the server knows the cookie (X6).</summary>
    internal byte[] ServerHash(ReadOnlySpan<byte> clientNonce, ReadOnlySpan<byte> serverNonce) =>
        Hash(ServerPrefix, clientNonce, serverNonce);

    /// <summary>Proves that the client knows the cookie (X6).</summary>
    internal byte[] ClientHash(ReadOnlySpan<byte> clientNonce, ReadOnlySpan<byte> serverNonce) =>
        Hash(ClientPrefix, clientNonce, serverNonce);

    /// <summary>Returns the nonce if its length is right.</summary>
    /// <exception cref="ArgumentException">The nonce does not have 32 bytes.</exception>
    internal static ReadOnlyMemory<byte> CheckNonce(ReadOnlyMemory<byte> nonce) => nonce.Length == SecretLength
        ? nonce
        : throw new ArgumentException($"A nonce has {SecretLength} bytes.", nameof(nonce));

    private byte[] Hash(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> clientNonce, ReadOnlySpan<byte> serverNonce)
    {
        // The platform's HMAC loads OpenSSL at its first use, and the runtime aborts on a machine without OpenSSL.
        var hmac = new HMac(new Sha256Digest());
        hmac.Init(new KeyParameter(_secret));
        hmac.BlockUpdate(prefix);
        hmac.BlockUpdate(clientNonce);
        hmac.BlockUpdate(serverNonce);
        byte[] hash = new byte[SecretLength];
        hmac.DoFinal(hash);
        return hash;
    }
}
