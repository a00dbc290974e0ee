namespace Plait.Wire.Hints;

/// <summary>A key that a transport's client takes in a bridge line.</summary>
/// <param name="Name">The key as written.</param>
/// <param name="Form">The form of its values.</param>
/// <param name="Required">Whether the transport rejects a line without it.</param>
/// <param name="Proves">Whether the client proves with it that it knows the bridge. The bridge does not answer other clients (O4-33).</param>
/// <param name="UnlessGiven">A key of an older form of the line, which replaces a required key.</param>
internal sealed record KnownKey(string Name, ArgumentForm Form, bool Required = false, bool Proves = false, string? UnlessGiven = null);

/// <summary>A transport in use on the Tor network, and the keys of its bridge lines.</summary>
public sealed class KnownTransport
{
    internal KnownTransport(string name, bool isIndirect, params KnownKey[] keys) => (Name, IsIndirect, Keys) = (name, isIndirect, keys);

    /// <summary>The name of the transport.</summary>
    public string Name { get; }

    /// <summary>Whether the client ignores the target that tor gives it, and dials a broker, a front or a URL instead (C6).</summary>
    public bool IsIndirect { get; }

    /// <summary>The keys that the client takes in a bridge line, in their usual order.</summary>
    public IEnumerable<string> KeyNames => Keys.Select(key => key.Name);

    /// <summary>
    /// The key whose value proves that the client knows the bridge: the bridge does not answer a wrong one. Null if the transport has none.
    /// </summary>
    public string? ProofKey => Keys.FirstOrDefault(key => key.Proves)?.Name;

    internal IReadOnlyList<KnownKey> Keys { get; }

    /// <summary>Whether a value may be right for a key; null if the transport does not take the key.</summary>
    internal bool? Takes(string key, string value) => Keys.FirstOrDefault(known => known.Name == key) is not { } known ? null
        : value.Length > 0 && CharacterName.FirstUnseen(value) < 0 && known.Form.FaultOf(key, Name, value) is null;
}
