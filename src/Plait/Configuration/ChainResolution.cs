namespace Plait.Configuration;

/// <summary>The meaning of a name that tor asked for.</summary>
public abstract record ChainResolution
{
    private ChainResolution()
    {
    }

    /// <summary>The name means a chain.</summary>
    /// <param name="Chain">The chain.</param>
    public sealed record Found(ChainDefinition Chain) : ChainResolution;

    /// <summary>The name means no chain, or one that must not be used.</summary>
    /// <param name="Why">What is wrong, without a full stop.</param>
    /// <param name="Instead">What to do: one sentence with its full stop.</param>
    public sealed record Failed(string Why, string Instead) : ChainResolution;
}
