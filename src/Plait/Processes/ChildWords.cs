using System.Text.RegularExpressions;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Pt.Messages;

namespace Plait.Processes;

/// <summary>
/// The output of a child on stderr, in LOG and in STATUS, for the failure of its hop (M54): parsed, scrubbed (G5), and bounded in
/// number, length and age (G6).
/// </summary>
/// <remarks>
/// While it runs, the latest lines explain a failure. For its end the beginning counts as much: a usage text follows the
/// wrong flag, and a Go program's stack follows its panic (R7). Lines of such a stack are not kept at all.
/// </remarks>
internal sealed partial class ChildWords(TimeProvider time, Scrubber scrubber)
{
    private const int Kept = 3;
    private const int LongestLine = 200;

    // Older output has nothing to do with what fails now.
    private static readonly TimeSpan s_lately = TimeSpan.FromSeconds(10);

    private readonly Queue<(long At, SafeText Text)> _words = new();
    private readonly NotableLines _said = new();
    private readonly NotableLines _printed = new();
    private TaskCompletionSource _next = New();
    private bool _inStack;

    /// <summary>Completes with the next output.</summary>
    internal Task Next
    {
        get
        {
            lock (_words)
            {
                return _next.Task;
            }
        }
    }

    /// <summary>
    /// The lines that explain its end: those that name an error; without one, its first and its last. Without any, the same of what it
    /// printed on stdout besides messages. Empty if there is nothing.
    /// </summary>
    internal SafeText OfEnd
    {
        get
        {
            lock (_words)
            {
                return _said.Text is { IsEmpty: false } said ? said : _printed.Text;
            }
        }
    }

    /// <summary>The recent output.</summary>
    internal SafeText Lately => Since(long.MinValue);

    /// <summary>The recent output since <paramref name="start"/>, a timestamp of the clock.</summary>
    internal SafeText Since(long start)
    {
        long now = time.GetTimestamp();
        lock (_words)
        {
            return SafeText.Join(" / ", _words
                .Where(said => said.At >= start && time.GetElapsedTime(said.At, now) <= s_lately).Select(said => said.Text));
        }
    }

    /// <summary>Adds a line of stderr.</summary>
    internal void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_words)
        {
            // "goroutine 1 [running]:", then for each frame a line of the function and an indented one of the place in the source.
            _inStack = line.StartsWith("goroutine ", StringComparison.Ordinal) || (_inStack && Frame().IsMatch(line));
            if (_inStack || line.StartsWith("[signal ", StringComparison.Ordinal))
            {
                return;
            }
        }

        Keep(line, !char.IsWhiteSpace(line[0]) && NamesAnError().IsMatch(line)); // usage texts are indented
    }

    /// <summary>Adds a message of the child, if it is a LOG or STATUS that reports trouble.</summary>
    internal void Add(PtMessage message)
    {
        switch (message)
        {
            case LogMessage { Severity: LogSeverity.Error or LogSeverity.Warning or LogSeverity.Notice } log when !string.IsNullOrWhiteSpace(log.Text):
                Keep(log.Text, log.Severity == LogSeverity.Error || NamesAnError().IsMatch(log.Text));
                break;
            case StatusMessage status when !status.Values.Any(pair => pair.Key == "TYPE"): // M49: not about itself
                Keep("status " + string.Join(", ", status.Values
                    .Where(pair => pair.Key is not ("ADDRESS" or "FINGERPRINT")) // pt-spec 3.3.5 has them in its examples
                    .Select(pair => $"{pair.Key} {pair.Value}")), namesAnError: false);
                break;
        }
    }

    /// <summary>Adds a line of stdout that is no message of pt-spec.</summary>
    internal void AddPrinted(string line)
    {
        if (!string.IsNullOrWhiteSpace(line))
        {
            SafeText text = scrubber.Scrub(line.Trim(), LongestLine);
            lock (_words)
            {
                _printed.Add(text, !char.IsWhiteSpace(line[0]) && NamesAnError().IsMatch(line));
            }
        }
    }

    private void Keep(string line, bool namesAnError)
    {
        SafeText text = scrubber.Scrub(line.Trim(), LongestLine);
        lock (_words)
        {
            _said.Add(text, namesAnError);
            if (_words.Count == Kept)
            {
                _words.Dequeue();
            }

            _words.Enqueue((time.GetTimestamp(), text));
            _next.TrySetResult();
            _next = New();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // "flag provided but not defined", "runtime/cgo: pthread_create failed", "fatal error: all goroutines are asleep", "thread 'main' panicked", "ValueError: x".
    [GeneratedRegex(@"error|\b(fatal|fail|flag|panic)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex NamesAnError();

    // "\t/src/main.go:7 +0x1d", "main.main()", "created by net/http.(*Server).Serve in goroutine 1"
    [GeneratedRegex(@"^(\t|created by |[^\s(]+[.(].*\)$)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Frame();

    /// <summary>The lines of a text that explain most: those that name an error, the first, the last.</summary>
    private sealed class NotableLines
    {
        private const int MostErrors = 2;

        private readonly List<SafeText> _errors = [];
        private SafeText? _first;
        private SafeText? _last;

        internal SafeText Text => SafeText.Join(" / ",
            _errors.Count > 0 ? _errors
            : _first is null ? []
            : _first.Equals(_last) ? [_first]
            : [_first, _last!]);

        internal void Add(SafeText line, bool namesAnError)
        {
            _first ??= line;
            _last = line;
            if (namesAnError && _errors.Count < MostErrors)
            {
                _errors.Add(line);
            }
        }
    }
}
