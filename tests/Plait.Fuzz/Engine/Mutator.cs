using System.Buffers.Binary;
using System.Text;

namespace Plait.Fuzz.Engine;

/// <summary>
/// Changes inputs: a few small steps at a time, of which about half put words of the target's grammar into place. With the
/// same seed the same changes.
/// </summary>
internal sealed class Mutator(int seed, IReadOnlyList<string> tokens, int maxLength)
{
    private const int MostSteps = 6;

    private static readonly byte[] s_interesting =
        [0, 1, 2, 3, 4, 5, 8, 9, 10, 13, 16, 32, 127, 128, 254, 255, .. "=;:,\\\"'# -|[]@%._x"u8];

    private readonly byte[][] _tokens = [.. tokens.Select(Encoding.Latin1.GetBytes)];

    internal Random Random { get; } = new(seed);

    /// <summary>A changed copy of <paramref name="input"/>, at most as long as an input may be.</summary>
    internal byte[] Mutate(ReadOnlySpan<byte> input, ReadOnlySpan<byte> other)
    {
        List<byte> bytes = [.. input];
        for (int steps = 1 + Random.Next(MostSteps); steps > 0; steps--)
        {
            Step(bytes, other);
            if (bytes.Count > maxLength)
            {
                bytes.RemoveRange(maxLength, bytes.Count - maxLength);
            }
        }

        return [.. bytes];
    }

    /// <summary>A place to put something: any gap, the end included.</summary>
    private int Gap(List<byte> bytes) => Random.Next(bytes.Count + 1);

    private (int Start, int Length) Range(List<byte> bytes)
    {
        int start = Random.Next(bytes.Count);
        int most = Math.Min(bytes.Count - start, Random.Next(4) == 0 ? int.MaxValue : 16);
        return (start, 1 + Random.Next(most));
    }

    private void Step(List<byte> bytes, ReadOnlySpan<byte> other)
    {
        if (_tokens.Length > 0 && Random.Next(2) == 0)
        {
            PutToken(bytes);
        }
        else if (bytes.Count == 0)
        {
            InsertSome(bytes);
        }
        else
        {
            ChangeBytes(bytes, other);
        }
    }

    private void PutToken(List<byte> bytes)
    {
        byte[] token = _tokens[Random.Next(_tokens.Length)];
        int at = Gap(bytes);
        if (Random.Next(3) == 0)
        {
            bytes.RemoveRange(at, Math.Min(token.Length, bytes.Count - at));
        }

        bytes.InsertRange(at, token);
    }

    private void ChangeBytes(List<byte> bytes, ReadOnlySpan<byte> other)
    {
        int at = Random.Next(bytes.Count);
        (int start, int length) = Range(bytes);
        switch (Random.Next(12))
        {
            case 0:
                bytes[at] ^= (byte)(1 << Random.Next(8));
                break;
            case 1:
                bytes[at] = s_interesting[Random.Next(s_interesting.Length)];
                break;
            case 2:
                bytes[at] = (byte)Random.Next(256);
                break;
            case 3:
                bytes[at] += (byte)(Random.Next(2) == 0 ? 1 : 255); // a length or a digit, one too much or too little
                break;
            case 4:
                bytes.RemoveRange(start, length);
                break;
            case 5:
                bytes.InsertRange(Gap(bytes), bytes.GetRange(start, length));
                break;
            case 6:
                Repeat(bytes, start, length);
                break;
            case 7:
                bytes.RemoveRange(at, bytes.Count - at); // cut
                break;
            case 8:
                Splice(bytes, other);
                break;
            case 9:
                WriteLength(bytes, at);
                break;
            case 10:
                (bytes[at], bytes[start]) = (bytes[start], bytes[at]);
                break;
            default:
                InsertSome(bytes);
                break;
        }
    }

    private void Repeat(List<byte> bytes, int start, int length)
    {
        List<byte> part = bytes.GetRange(start, length);
        for (int times = 1 << Random.Next(1, 9); times > 0 && bytes.Count < maxLength; times--)
        {
            bytes.InsertRange(start, part);
        }
    }

    private void Splice(List<byte> bytes, ReadOnlySpan<byte> other)
    {
        int keep = Random.Next(bytes.Count);
        bytes.RemoveRange(keep, bytes.Count - keep);
        bytes.AddRange(other[Random.Next(other.Length + 1)..]);
    }

    /// <summary>Makes of one or two bytes the number of bytes after them.</summary>
    private void WriteLength(List<byte> bytes, int at)
    {
        int after = bytes.Count - at - 1;
        if (Random.Next(2) == 0 || after < 1)
        {
            bytes[at] = (byte)after;
            return;
        }

        Span<byte> number = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(number, (ushort)(after - 1));
        (bytes[at], bytes[at + 1]) = (number[0], number[1]);
    }

    private void InsertSome(List<byte> bytes)
    {
        byte[] some = new byte[1 + Random.Next(8)];
        Random.NextBytes(some);
        bytes.InsertRange(Gap(bytes), some);
    }
}
