using Microsoft.Extensions.Logging;

namespace Plait.Diagnostics.Failures;

/// <summary>What one cause at one stage means to a person.</summary>
/// <param name="Sentence">What happened, as one sentence.</param>
/// <param name="Hint">What to do about it.</param>
/// <param name="Level">How loud it is in a log.</param>
/// <param name="DetailHasHint">
/// Whoever reports such a failure knows better than the table what to write instead, and says it in the detail: the
/// table's hint is not repeated behind it.
/// </param>
internal sealed record FailureSentence(string Sentence, string Hint, LogLevel Level, bool DetailHasHint = false);
