using Plait.Diagnostics.Secrecy;

namespace Plait.Chains;

/// <summary>Whether the first bytes of one side were ever answered: the time of the first bytes in each direction, on tor's side.</summary>
/// <remarks>A part of <see cref="ChainConnection"/>, not to be copied. Each direction has one writer.</remarks>
internal struct FirstAnswers
{
    private long _outward; // 0: none yet
    private long _inward;

    /// <summary>Both directions have moved.</summary>
    internal readonly bool IsAnswered => Volatile.Read(in _outward) != 0 && Volatile.Read(in _inward) != 0;

    /// <summary>When the only direction that has moved did so; null if none has.</summary>
    internal readonly long? UnansweredSince => Volatile.Read(in _outward) + Volatile.Read(in _inward) is not 0 and var since ? since : null;

    /// <summary>Which direction goes unanswered, in words.</summary>
    internal readonly SafeText Unanswered => Volatile.Read(in _outward) != 0
        ? SafeText.Of($"what went out to the network")
        : $"what came in from the network";

    /// <summary>Bytes went out.</summary>
    internal void Outward(TimeProvider time) => Note(ref _outward, time);

    /// <summary>Bytes came in.</summary>
    internal void Inward(TimeProvider time) => Note(ref _inward, time);

    private static void Note(ref long first, TimeProvider time)
    {
        if (first == 0)
        {
            Volatile.Write(ref first, Math.Max(time.GetTimestamp(), 1));
        }
    }
}
