namespace Plait.Wire.Hints;

/// <summary>Something that looks wrong in the arguments of a bridge line: a hint, since the transport may know better.</summary>
/// <param name="Hop">The hop that it matters to; null where the key names none that there is.</param>
/// <param name="Key">The key as it is written; of one that is missing, as it should be written.</param>
/// <param name="Text">
/// What looks wrong and what to write, in ASCII and as a part of a sentence, without any value (G5). Characters are named by code
/// point, and their places in the value are counted from 1.
/// </param>
public sealed record ArgumentFinding(int? Hop, string Key, string Text);
