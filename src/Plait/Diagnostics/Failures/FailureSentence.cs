using Microsoft.Extensions.Logging;

namespace Plait.Diagnostics.Failures;

/// <summary>What one cause at one stage means, for a person.</summary>
/// <param name="Sentence">What happened, as one sentence.</param>
/// <param name="Hint">What to do about it.</param>
/// <param name="Level">Its level in a log.</param>
/// <param name="DetailHasHint">
/// The detail of such a failure has a better hint than the table, so the table's hint is not appended.
/// </param>
[ProgramSeam]
internal sealed record FailureSentence(string Sentence, string Hint, LogLevel Level, bool DetailHasHint = false);
