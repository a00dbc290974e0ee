namespace Plait.Wire.Arguments;

/// <summary>One <c>k=v</c> argument, unescaped.</summary>
/// <param name="Key">Never empty once inside <see cref="PtArguments"/>.</param>
/// <param name="Value">May be empty. Treated as a secret: it never appears in <see cref="ToString"/> (G5).</param>
public readonly record struct PtArgument(string Key, string Value)
{
    /// <summary>The key and an ellipsis: values are secrets (G5).</summary>
    public override string ToString() => $"{Key}=…";
}
