namespace Plait.Connections;

/// <summary>Cancels when a time has passed on the injected clock, or when one of two tokens fires. The caller disposes it.</summary>
[ProgramSeam]
internal sealed class TimeLimit : CancellationTokenSource
{
    private readonly CancellationTokenRegistration _first;
    private readonly CancellationTokenRegistration _second;

    /// <param name="time">The clock.</param>
    /// <param name="limit">When it cancels by itself.</param>
    /// <param name="first">Cancels it earlier.</param>
    /// <param name="second">The same.</param>
    internal TimeLimit(TimeProvider time, TimeSpan limit, CancellationToken first, CancellationToken second = default)
        : base(limit, time)
    {
        _first = CancelsWith(first);
        _second = CancelsWith(second);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _first.Dispose(); // waits for a callback that runs: a source that is disposed cannot be canceled
            _second.Dispose();
        }

        base.Dispose(disposing);
    }

    private CancellationTokenRegistration CancelsWith(CancellationToken token) =>
        token.UnsafeRegister(static limit => ((TimeLimit)limit!).Cancel(), this);
}
