using Plait.Diagnostics;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>
/// The last things that a child said, on stderr, in LOG and in STATUS, for the failure of its hop (M54): parsed, scrubbed
/// (G5), and bounded in number, length and age (G6).
/// </summary>
internal sealed class ChildWords(TimeProvider time)
{
    private const int Kept = 3;
    private const int LongestLine = 200;

    // What was said longer ago than this has nothing to do with what fails now.
    private static readonly TimeSpan s_lately = TimeSpan.FromSeconds(10);

    private readonly Queue<(long At, string Text)> _words = new();
    private TaskCompletionSource _next = New();

    /// <summary>Completes when something is said from now on.</summary>
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

    /// <summary>All that is kept, oldest first; empty if nothing.</summary>
    internal string Last => Join(said => true);

    /// <summary>What was said lately.</summary>
    internal string Lately => Since(long.MinValue);

    /// <summary>What was said since <paramref name="start"/> (a timestamp of the clock), and lately.</summary>
    internal string Since(long start)
    {
        long now = time.GetTimestamp();
        return Join(said => said >= start && time.GetElapsedTime(said, now) <= s_lately);
    }

    /// <summary>A line of stderr.</summary>
    internal void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        string text = Scrubber.Scrub(line).Trim(); // before it is cut: half an address is not recognised as one
        text = text.Length > LongestLine ? text[..LongestLine] : text;
        lock (_words)
        {
            if (_words.Count == Kept)
            {
                _words.Dequeue();
            }

            _words.Enqueue((time.GetTimestamp(), text));
            _next.TrySetResult();
            _next = New();
        }
    }

    /// <summary>A message of the child, if it is one that says how it fares.</summary>
    internal void Add(PtMessage message)
    {
        switch (message)
        {
            case LogMessage { Severity: LogSeverity.Error or LogSeverity.Warning or LogSeverity.Notice } log:
                Add(log.Text);
                break;
            case StatusMessage status when !status.Values.Any(pair => pair.Key == "TYPE"): // M49: not about itself
                Add("status " + string.Join(", ", status.Values
                    .Where(pair => pair.Key is not ("ADDRESS" or "FINGERPRINT")) // pt-spec 3.3.5 has them in its examples
                    .Select(pair => $"{pair.Key} {pair.Value}")));
                break;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private string Join(Func<long, bool> counts)
    {
        lock (_words)
        {
            return string.Join(" / ", _words.Where(said => counts(said.At)).Select(said => said.Text));
        }
    }
}
