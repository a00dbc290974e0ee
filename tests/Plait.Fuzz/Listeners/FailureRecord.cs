using System.Collections.Concurrent;
using Plait.Diagnostics.Events;

namespace Plait.Fuzz.Listeners;

/// <summary>The failures that a host reports, for the message of a finding: a refusal alone does not say which hop refused, and why.</summary>
internal sealed class FailureRecord : IPlaitObserver
{
    private readonly ConcurrentQueue<PlaitEvent> _failures = new();

    public void OnEvent(PlaitEvent happened)
    {
        if (happened is PlaitEvent.ConnectionFailed or PlaitEvent.ChildExited or PlaitEvent.ChildStartFailed)
        {
            _failures.Enqueue(happened);
        }
    }

    /// <summary>Forgets those so far.</summary>
    internal void Clear() => _failures.Clear();

    public override string ToString() => _failures.IsEmpty ? "no failure" : string.Join("; ", _failures);
}
