namespace Plait.Transports.Obfs4;

/// <summary>
/// Up to 100 numbers with a weight each, all of which follow from a seed: lengths of bursts, or delays between writes (O4-40). Immutable; all
/// connections of a bridge share one.
/// </summary>
internal sealed class Distribution
{
    private const int MaxValues = 100;

    // Vose's alias method: a place is drawn evenly, then its own value with its probability, else that of its alias.
    private readonly short[] _values;
    private readonly double[] _probabilities;
    private readonly byte[] _aliases;

    /// <summary>The distribution of a seed.</summary>
    /// <param name="seed">24 bytes.</param>
    /// <param name="largest">The largest number that it may have.</param>
    internal Distribution(ReadOnlySpan<byte> seed, int largest)
    {
        var source = new Drbg(seed);
        Span<short> order = stackalloc short[largest + 1];
        for (int i = 0; i <= largest; i++)
        {
            int j = GoRandom.Below(ref source, i + 1);
            order[i] = order[j];
            order[j] = (short)i;
        }

        int count = GoRandom.Below(ref source, MaxValues) + 1;
        _values = order[..count].ToArray();
        Span<double> weights = stackalloc double[count];
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            weights[i] = GoRandom.Fraction(ref source);
            sum += weights[i];
        }

        _probabilities = new double[count];
        _aliases = new byte[count];
        FillAliases(weights, sum);
    }

    internal ReadOnlySpan<short> Values => _values;

    internal ReadOnlySpan<double> Probabilities => _probabilities;

    internal ReadOnlySpan<byte> Aliases => _aliases;

    /// <summary>Draws a number (O4-41).</summary>
    internal int Sample<TSource>(ref TSource source)
        where TSource : struct, IInt63
    {
        int place = GoRandom.Below(ref source, _values.Length);
        return GoRandom.Fraction(ref source) <= _probabilities[place] ? _values[place] : _values[_aliases[place]];
    }

    /// <summary>Draws a number with the system's randomness.</summary>
    internal int Sample()
    {
        SystemInt63 source = default;
        return Sample(ref source);
    }

    private void FillAliases(ReadOnlySpan<double> weights, double sum)
    {
        Span<double> scaled = stackalloc double[weights.Length];
        var small = new Queue<int>(weights.Length);
        var large = new Queue<int>(weights.Length);
        for (int i = 0; i < weights.Length; i++)
        {
            scaled[i] = weights[i] * weights.Length / sum;
            (scaled[i] < 1 ? small : large).Enqueue(i);
        }

        while (small.Count > 0 && large.Count > 0)
        {
            int less = small.Dequeue();
            int more = large.Dequeue();
            _probabilities[less] = scaled[less];
            _aliases[less] = (byte)more;
            scaled[more] = scaled[more] + scaled[less] - 1;
            (scaled[more] < 1 ? small : large).Enqueue(more);
        }

        foreach (int rest in large.Concat(small))
        {
            _probabilities[rest] = 1;
        }
    }
}
