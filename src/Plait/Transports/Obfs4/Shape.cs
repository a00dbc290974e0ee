using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>
/// The lengths of bursts and the delays between writes that one side draws from (O4-42). They follow from a seed, and are made at their first use.
/// From any thread.
/// </summary>
internal sealed class Shape
{
    internal static readonly TimeSpan DelayUnit = TimeSpan.FromMicroseconds(100);

    private const int LongestBurst = FrameSizes.Longest;
    private const int LongestDelay = 100;

    private readonly Lazy<Distribution> _lengths;
    private readonly Lazy<Distribution> _delays;

    /// <param name="seed">24 bytes.</param>
    internal Shape(ReadOnlySpan<byte> seed)
    {
        byte[] own = seed[..Drbg.SeedSize].ToArray();
        _lengths = new(() => new(own, LongestBurst));
        _delays = new(() => DelaysOf(own));
    }

    /// <summary>Lengths of the part of a burst that exceeds whole segments: 0 to 1448 bytes.</summary>
    internal Distribution Lengths => _lengths.Value;

    /// <summary>Delays, 0 to 100 times <see cref="DelayUnit"/>.</summary>
    internal Distribution Delays => _delays.Value;

    /// <summary>With a seed of its own: what a client draws from until the server has sent it one.</summary>
    internal static Shape Random() => new(SecureRandom.Bytes(Drbg.SeedSize));

    private static Distribution DelaysOf(ReadOnlySpan<byte> seed)
    {
        Span<byte> digest = stackalloc byte[Sodium.Sha256Size];
        Sodium.Sha256(seed, digest);
        return new(digest[..Drbg.SeedSize], LongestDelay);
    }
}
