namespace Plait.Transports.Obfs3;

/// <summary>The key expansion of AES-128 (FIPS 197).</summary>
internal static class AesRoundKeys
{
    private const int Size = 176;

    private static readonly byte[] s_substitutes = Substitutes();

    /// <summary>Expands a key.</summary>
    /// <param name="key">16 bytes.</param>
    /// <param name="roundKeys">11 times 16 bytes.</param>
    internal static void Expand(ReadOnlySpan<byte> key, Span<byte> roundKeys)
    {
        key.CopyTo(roundKeys);
        byte constant = 1;
        for (int i = key.Length; i < Size; i += 4)
        {
            Span<byte> word = roundKeys.Slice(i, 4);
            roundKeys.Slice(i - 4, 4).CopyTo(word);
            if (i % key.Length == 0)
            {
                (word[0], word[1], word[2], word[3]) =
                    ((byte)(s_substitutes[word[1]] ^ constant), s_substitutes[word[2]], s_substitutes[word[3]], s_substitutes[word[0]]);
                constant = (byte)((constant << 1) ^ (constant >= 0x80 ? 0x1B : 0));
            }

            for (int j = 0; j < 4; j++)
            {
                word[j] ^= roundKeys[i - key.Length + j];
            }
        }
    }

    /// <summary>The S-box. The powers of 3 and their inverses run through all elements but 0.</summary>
    private static byte[] Substitutes()
    {
        byte[] box = new byte[256];
        byte power = 1, inverse = 1;
        do
        {
            power ^= (byte)((power << 1) ^ (power >= 0x80 ? 0x1B : 0)); // times 3
            inverse ^= (byte)(inverse << 1); // divided by 3
            inverse ^= (byte)(inverse << 2);
            inverse ^= (byte)(inverse << 4);
            inverse ^= (byte)(inverse >= 0x80 ? 0x09 : 0);
            box[power] = (byte)(inverse ^ Rotated(inverse, 1) ^ Rotated(inverse, 2) ^ Rotated(inverse, 3) ^ Rotated(inverse, 4) ^ 0x63);
        }
        while (power != 1);
        box[0] = 0x63;
        return box;
    }

    private static int Rotated(byte value, int by) => (byte)((value << by) | (value >> (8 - by)));
}
