namespace Plait.Relays;

/// <summary>
/// What a relay reports while it runs: one object for all of it, because a connection has several relays and may be idle for days. Called where
/// the bytes move, so nothing here may wait.
/// </summary>
internal abstract class RelayObserver
{
    /// <summary>Takes no notice.</summary>
    internal static RelayObserver None { get; } = new Nothing();

    /// <summary>Bytes went from the first side to the second.</summary>
    internal virtual void MovedForward(int bytes)
    {
    }

    /// <summary>Bytes went from the second side to the first.</summary>
    internal virtual void MovedBackward(int bytes)
    {
    }

    /// <summary>A side was the first to finish or to fail. Called before the other side can notice it.</summary>
    internal virtual void EndedFirst(RelaySide side)
    {
    }

    /// <summary>The second side has failed, and the first had not ended before. Called before the first can notice it.</summary>
    internal virtual void SecondFailed()
    {
    }

    private sealed class Nothing : RelayObserver;
}
