using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Plait.Native;

/// <summary>
/// The functions of libsodium that transports inside Plait use. No call allocates; all lengths are checked here. In the native program the library is
/// linked in, otherwise it lies beside the program. Its first use is <see cref="TryInitialize"/>.
/// </summary>
/// <remarks>Hashes come from it as well: the runtime's are OpenSSL's, which the program does not load.</remarks>
internal static unsafe partial class Sodium
{
    private const string Library = "libsodium";

    internal const int KeySize = 32;
    internal const int NonceSize = 24;
    internal const int NoncePrefixSize = 16;
    internal const int TagSize = 16;
    internal const int PointSize = 32;
    internal const int Sha256Size = 32;
    internal const int Sha512Size = 64;

    /// <summary>Longest message of <see cref="SecretBoxSeal"/>.</summary>
    internal const int MaxMessage = WorkSize - TagKeySize;

    private const int TagKeySize = 32;
    private const int FourBlocks = 256;
    private const int WorkSize = 6 * FourBlocks;

    private static readonly Lazy<bool> s_usable = new(Initialize);

    /// <summary>Prepares the library at its first call. False if it is missing, or lacks a function. From any thread.</summary>
    internal static bool TryInitialize() => s_usable.Value;

    /// <summary>SHA-512 of <paramref name="message"/>.</summary>
    internal static void Sha512(ReadOnlySpan<byte> message, Span<byte> digest)
    {
        Require(digest, Sha512Size);
        fixed (byte* to = digest, from = message)
        {
            _ = HashSha512(to, from, (ulong)message.Length);
        }
    }

    /// <summary>SHA-256 of <paramref name="message"/>.</summary>
    internal static void Sha256(ReadOnlySpan<byte> message, Span<byte> digest)
    {
        Require(digest, Sha256Size);
        fixed (byte* to = digest, from = message)
        {
            _ = HashSha256(to, from, (ulong)message.Length);
        }
    }

    /// <summary>HMAC-SHA256 of up to four parts, one after the other.</summary>
    /// <param name="key">Of any length.</param>
    /// <param name="mac">32 bytes.</param>
    /// <param name="first">The message begins with it.</param>
    /// <param name="second">Follows it.</param>
    /// <param name="third">Follows that.</param>
    /// <param name="fourth">Ends the message.</param>
    internal static void HmacSha256(
        ReadOnlySpan<byte> key, Span<byte> mac, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default, ReadOnlySpan<byte> third = default,
        ReadOnlySpan<byte> fourth = default)
    {
        Require(mac, Sha256Size);
        HmacState state = default;
        fixed (byte* keyAt = key, to = mac, one = first, two = second, three = third, four = fourth)
        {
            _ = HmacInit(&state, keyAt, (nuint)key.Length);
            _ = HmacUpdate(&state, one, (ulong)first.Length);
            _ = HmacUpdate(&state, two, (ulong)second.Length);
            _ = HmacUpdate(&state, three, (ulong)third.Length);
            _ = HmacUpdate(&state, four, (ulong)fourth.Length);
            _ = HmacFinal(&state, to);
            MemoryZero(&state, (nuint)sizeof(HmacState));
        }
    }

    /// <summary>X25519. The scalar is clamped here.</summary>
    /// <returns>False if the result is zero: the point has a low order.</returns>
    internal static bool ScalarMultiply(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point, Span<byte> product)
    {
        Require(scalar, KeySize);
        Require(point, PointSize);
        Require(product, PointSize);
        fixed (byte* to = product, by = scalar, from = point)
        {
            return ScalarMult(to, by, from) == 0;
        }
    }

    /// <summary>X25519 with the base point: the public key of <paramref name="scalar"/>, which is clamped here.</summary>
    internal static void ScalarMultiplyBase(ReadOnlySpan<byte> scalar, Span<byte> product)
    {
        Require(scalar, KeySize);
        Require(product, PointSize);
        fixed (byte* to = product, by = scalar)
        {
            _ = ScalarMultBase(to, by);
        }
    }

    /// <summary>The base point of edwards25519 times <paramref name="scalar"/>, which is clamped here.</summary>
    internal static void EdwardsMultiplyBase(ReadOnlySpan<byte> scalar, Span<byte> product)
    {
        Require(scalar, KeySize);
        Require(product, PointSize);
        fixed (byte* to = product, by = scalar)
        {
            _ = EdwardsScalarMultBase(to, by);
        }
    }

    /// <summary>The sum of two points of edwards25519, of any order.</summary>
    /// <returns>False if one is not on the curve.</returns>
    internal static bool EdwardsAdd(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, Span<byte> sum)
    {
        Require(one, PointSize);
        Require(other, PointSize);
        Require(sum, PointSize);
        fixed (byte* to = sum, p = one, q = other)
        {
            return EdwardsPointAdd(to, p, q) == 0;
        }
    }

    /// <summary>
    /// The key that secretbox (XSalsa20-Poly1305) derives from its key and the first 16 bytes of a nonce. Where all nonces begin alike it is derived
    /// once, for <see cref="SecretBoxSeal"/> and <see cref="SecretBoxOpen"/>.
    /// </summary>
    internal static void DeriveSecretBoxKey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> noncePrefix, Span<byte> derived)
    {
        Require(key, KeySize);
        Require(noncePrefix, NoncePrefixSize);
        Require(derived, KeySize);
        fixed (byte* to = derived, from = noncePrefix, k = key)
        {
            _ = HSalsa20(to, from, k, null);
        }
    }

    /// <summary>secretbox, in place: encrypts and makes the tag.</summary>
    /// <param name="message">Becomes the ciphertext. At most <see cref="MaxMessage"/> bytes.</param>
    /// <param name="tag">Receives the tag, 16 bytes.</param>
    /// <param name="nonce">The last 8 bytes of the nonce, never used before with this key.</param>
    /// <param name="derivedKey">From <see cref="DeriveSecretBoxKey"/>.</param>
    /// <remarks>
    /// The cipher runs over 32 zeros, which become the key of the tag, and the message after them, at a length that it is fast at: for a full frame
    /// crypto_secretbox takes a quarter longer, because it works on the last blocks one by one.
    /// </remarks>
    [SkipLocalsInit]
    internal static void SecretBoxSeal(Span<byte> message, Span<byte> tag, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> derivedKey)
    {
        Check(message, tag, nonce, derivedKey);
        byte* work = stackalloc byte[WorkSize];
        Span<byte> text = Fill(work, message);
        fixed (byte* mac = tag, n = nonce, k = derivedKey)
        {
            _ = Salsa20Xor(work, work, FastLength(message.Length), n, k);
            _ = Poly1305(mac, work + TagKeySize, (ulong)message.Length, work);
        }

        text.CopyTo(message);
        MemoryZero(work, TagKeySize);
    }

    /// <summary>secretbox, in place: checks the tag and decrypts.</summary>
    /// <param name="ciphertext">Becomes the message. At most <see cref="MaxMessage"/> bytes.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="nonce">The last 8 bytes of the nonce.</param>
    /// <param name="derivedKey">From <see cref="DeriveSecretBoxKey"/>.</param>
    /// <returns>False if the tag is wrong. The text is then unchanged.</returns>
    [SkipLocalsInit]
    internal static bool SecretBoxOpen(Span<byte> ciphertext, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> derivedKey)
    {
        Check(ciphertext, tag, nonce, derivedKey);
        byte* work = stackalloc byte[WorkSize];
        byte* expected = stackalloc byte[TagSize];
        Span<byte> text = Fill(work, ciphertext);
        fixed (byte* c = ciphertext, n = nonce, k = derivedKey)
        {
            _ = Salsa20Xor(work, work, FastLength(ciphertext.Length), n, k);
            _ = Poly1305(expected, c, (ulong)ciphertext.Length, work);
        }

        bool isGood = CryptographicOperations.FixedTimeEquals(new ReadOnlySpan<byte>(expected, TagSize), tag);
        if (isGood)
        {
            text.CopyTo(ciphertext);
        }

        MemoryZero(work, (nuint)(isGood ? TagKeySize : WorkSize)); // what was not authenticated is not left behind
        return isGood;
    }

    /// <summary>Copies a text behind the zeros that the tag's key is made of.</summary>
    private static Span<byte> Fill(byte* work, ReadOnlySpan<byte> text)
    {
        new Span<byte>(work, TagKeySize).Clear();
        var place = new Span<byte>(work + TagKeySize, text.Length);
        text.CopyTo(place);
        return place;
    }

    /// <summary>The cipher takes four blocks at a time, or one: four in place of the last ones cost less than two.</summary>
    private static ulong FastLength(int message)
    {
        int length = TagKeySize + message;
        int rest = length % FourBlocks;
        return (ulong)(rest > FourBlocks / 4 ? length - rest + FourBlocks : length);
    }

    private static void Check(ReadOnlySpan<byte> text, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> derivedKey)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, MaxMessage);
        Require(tag, TagSize);
        Require(nonce, NonceSize - NoncePrefixSize);
        Require(derivedKey, KeySize);
    }

    private static bool Initialize()
    {
        try
        {
            return SodiumInit() >= 0 && HasAllFunctions();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return false;
        }
    }

    /// <summary>Calls what a build with <c>--enable-minimal</c> lacks: it is found at the start, and not at the first connection.</summary>
    private static bool HasAllFunctions()
    {
        byte* one = stackalloc byte[PointSize];
        byte* point = stackalloc byte[PointSize];
        byte* sum = stackalloc byte[PointSize];
        new Span<byte>(one, PointSize).Fill(1);
        return ScalarMultBase(sum, one) == 0 && EdwardsScalarMultBase(point, one) == 0 && EdwardsPointAdd(sum, point, point) == 0;
    }

    private static void Require(ReadOnlySpan<byte> bytes, int length)
    {
        if (bytes.Length != length)
        {
            throw new ArgumentException($"{length} bytes are needed, and there are {bytes.Length}.");
        }
    }

    [LibraryImport(Library, EntryPoint = "sodium_init")]
    private static partial int SodiumInit();

    [LibraryImport(Library, EntryPoint = "sodium_memzero")]
    private static partial void MemoryZero(void* bytes, nuint length);

    [LibraryImport(Library, EntryPoint = "crypto_hash_sha512")]
    private static partial int HashSha512(byte* digest, byte* message, ulong length);

    [LibraryImport(Library, EntryPoint = "crypto_hash_sha256")]
    private static partial int HashSha256(byte* digest, byte* message, ulong length);

    [LibraryImport(Library, EntryPoint = "crypto_auth_hmacsha256_init")]
    private static partial int HmacInit(HmacState* state, byte* key, nuint length);

    [LibraryImport(Library, EntryPoint = "crypto_auth_hmacsha256_update")]
    private static partial int HmacUpdate(HmacState* state, byte* part, ulong length);

    [LibraryImport(Library, EntryPoint = "crypto_auth_hmacsha256_final")]
    private static partial int HmacFinal(HmacState* state, byte* mac);

    [LibraryImport(Library, EntryPoint = "crypto_scalarmult")]
    private static partial int ScalarMult(byte* product, byte* scalar, byte* point);

    [LibraryImport(Library, EntryPoint = "crypto_scalarmult_base")]
    private static partial int ScalarMultBase(byte* product, byte* scalar);

    [LibraryImport(Library, EntryPoint = "crypto_scalarmult_ed25519_base")]
    private static partial int EdwardsScalarMultBase(byte* product, byte* scalar);

    [LibraryImport(Library, EntryPoint = "crypto_core_ed25519_add")]
    private static partial int EdwardsPointAdd(byte* sum, byte* one, byte* other);

    [LibraryImport(Library, EntryPoint = "crypto_core_hsalsa20")]
    private static partial int HSalsa20(byte* derived, byte* input, byte* key, byte* constant);

    [LibraryImport(Library, EntryPoint = "crypto_stream_salsa20_xor")]
    private static partial int Salsa20Xor(byte* output, byte* input, ulong length, byte* nonce, byte* key);

    [LibraryImport(Library, EntryPoint = "crypto_onetimeauth_poly1305")]
    private static partial int Poly1305(byte* tag, byte* message, ulong length, byte* key);

    /// <summary>HMAC-SHA256 of messages that begin alike: what they share is hashed once.</summary>
    internal struct HmacBeginning
    {
        private HmacState _state;

        /// <param name="key">Of any length.</param>
        /// <param name="beginning">What the messages begin with.</param>
        internal HmacBeginning(ReadOnlySpan<byte> key, ReadOnlySpan<byte> beginning)
        {
            fixed (HmacState* state = &_state)
            fixed (byte* keyAt = key, from = beginning)
            {
                _ = HmacInit(state, keyAt, (nuint)key.Length);
                _ = HmacUpdate(state, from, (ulong)beginning.Length);
            }
        }

        /// <summary>The MAC of the message that goes on with <paramref name="rest"/>.</summary>
        /// <param name="rest">The rest of the message.</param>
        /// <param name="mac">32 bytes.</param>
        internal readonly void Finish(ReadOnlySpan<byte> rest, Span<byte> mac)
        {
            Require(mac, Sha256Size);
            HmacState state = _state; // a copy: it has no pointers
            fixed (byte* from = rest, to = mac)
            {
                _ = HmacUpdate(&state, from, (ulong)rest.Length);
                _ = HmacFinal(&state, to);
                MemoryZero(&state, (nuint)sizeof(HmacState));
            }
        }

        /// <summary>Zeroes it.</summary>
        internal void Clear()
        {
            fixed (HmacState* state = &_state)
            {
                MemoryZero(state, (nuint)sizeof(HmacState));
            }
        }
    }

    /// <summary>crypto_auth_hmacsha256_state: two states of SHA-256, each of 104 bytes.</summary>
    [InlineArray(26)]
    private struct HmacState
    {
        private ulong _first;
    }
}
