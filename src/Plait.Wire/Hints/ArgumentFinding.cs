namespace Plait.Wire.Hints;

/// <summary>A possible mistake in the arguments of a bridge line. A hint only: the transport may accept the argument.</summary>
/// <param name="Hop">The hop that the argument is for; null if the key names no hop of the chain.</param>
/// <param name="Key">The key as written; for a missing argument, the key to write.</param>
/// <param name="Text">
/// The mistake and what to write, in ASCII, as part of a sentence and without any value (G5). Characters are named by code point; their
/// positions in the value are counted from 1.
/// </param>
public sealed record ArgumentFinding(int? Hop, string Key, string Text);
