namespace Plait.Wire.Hints;

/// <summary>A key that a transport's client takes in a bridge line.</summary>
/// <param name="Name">The key.</param>
/// <param name="Form">What its values look like.</param>
/// <param name="Required">The transport refuses a line without it.</param>
/// <param name="Proves">With it a client proves that it knows the bridge, which does not answer those that do not (O4-33).</param>
/// <param name="UnlessGiven">Then it is required only where this other key is not given: an older form of the line.</param>
internal sealed record KnownKey(string Name, ArgumentForm Form, bool Required = false, bool Proves = false, string? UnlessGiven = null);

/// <summary>A transport of the field, as bridge lines have it.</summary>
public sealed class KnownTransport
{
    internal KnownTransport(string name, bool isIndirect, params KnownKey[] keys) => (Name, IsIndirect, Keys) = (name, isIndirect, keys);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>It ignores the target that it is given: it dials a broker, a front or a URL of its own (C6).</summary>
    public bool IsIndirect { get; }

    /// <summary>The keys that its client takes in a bridge line, in the order in which lines usually have them.</summary>
    public IEnumerable<string> KeyNames => Keys.Select(key => key.Name);

    /// <summary>
    /// The key with which a client proves that it knows the bridge: without the right one the bridge stays silent. Null if there is none.
    /// </summary>
    public string? ProofKey => Keys.FirstOrDefault(key => key.Proves)?.Name;

    internal IReadOnlyList<KnownKey> Keys { get; }
}
