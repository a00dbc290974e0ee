namespace Plait.Configuration;

/// <summary>What became of a name that tor asked for.</summary>
public abstract record ChainResolution
{
    private ChainResolution()
    {
    }

    /// <summary>It is a chain.</summary>
    /// <param name="Chain">The chain.</param>
    public sealed record Found(ChainDefinition Chain) : ChainResolution;

    /// <summary>It is none, or none that may be used.</summary>
    /// <param name="Why">What is wrong, without a full stop.</param>
    /// <param name="Instead">What to do: one sentence with its full stop.</param>
    public sealed record Failed(string Why, string Instead) : ChainResolution;
}
