namespace Plait.Wire.Arguments;

/// <summary>One <c>k=v</c> argument, unescaped.</summary>
/// <param name="Key">Not empty in a list of <see cref="PtArguments"/>.</param>
/// <param name="Value">May be empty. A secret (G5).</param>
public readonly record struct PtArgument(string Key, string Value)
{
    /// <summary>The key and an ellipsis: values are secrets (G5).</summary>
    public override string ToString() => $"{Key}=…";
}
