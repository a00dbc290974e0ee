namespace Plait.Configuration;

/// <summary>One line of the file, cut into words.</summary>
/// <param name="At">Where it starts.</param>
/// <param name="Keyword">Its first word; a known one as the documentation spells it.</param>
/// <param name="Words">The words after the keyword, quotes removed. No control characters but tabs.</param>
internal sealed record ConfigurationLine(SourceLine At, string Keyword, IReadOnlyList<string> Words);
