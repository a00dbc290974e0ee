using Plait.Diagnostics.Secrecy;

namespace Plait.Chains;

/// <summary>Whether what one side said was ever answered: a timestamp for each direction, of its first bytes on tor's side.</summary>
internal sealed partial class ChainConnection
{
    private long _firstOutward; // 0: none yet
    private long _firstInward;

    /// <summary>Both directions have moved, or the connection is over: no answer is waited for any more.</summary>
    internal bool IsAnswered => (Volatile.Read(ref _firstOutward) != 0 && Volatile.Read(ref _firstInward) != 0) || Volatile.Read(ref _ended);

    /// <summary>How long the only direction that has moved waits for its answer; null if none has moved.</summary>
    internal TimeSpan? Unanswered => Volatile.Read(ref _firstOutward) + Volatile.Read(ref _firstInward) is not 0 and var since
        ? _time.GetElapsedTime(since)
        : null;

    /// <summary>What went unanswered, in words.</summary>
    internal SafeText WhatIsUnanswered => Volatile.Read(ref _firstOutward) != 0
        ? SafeText.Of($"what went out to the network")
        : $"what came in from the network";

    /// <summary>Has it told that the answer has not come.</summary>
    internal void TellStalled() => Reporter?.Stalled(this);

    /// <summary>Bytes went out on tor's side.</summary>
    internal void NoteOutward() => Note(ref _firstOutward);

    /// <summary>Bytes came in on tor's side.</summary>
    internal void NoteInward() => Note(ref _firstInward);

    private void Note(ref long first)
    {
        if (first == 0) // each direction has one writer
        {
            Volatile.Write(ref first, Math.Max(_time.GetTimestamp(), 1));
        }
    }
}
