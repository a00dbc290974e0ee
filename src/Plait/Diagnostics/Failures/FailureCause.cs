namespace Plait.Diagnostics.Failures;

/// <summary>Why a chain failed, in the terms a caller can act on. Its words stand in <see cref="FailureWords"/>.</summary>
public enum FailureCause
{
    /// <summary>There is no such program.</summary>
    ProgramMissing,

    /// <summary>The system, or a rule of Plait, does not permit it.</summary>
    NotPermitted,

    /// <summary>The program ended.</summary>
    Exited,

    /// <summary>No answer came within the limit.</summary>
    TimedOut,

    /// <summary>The other side refused the connection.</summary>
    Refused,

    /// <summary>There is no way to the other side.</summary>
    Unreachable,

    /// <summary>An argument is missing or wrong; a retry cannot help.</summary>
    ArgumentWrong,

    /// <summary>The other side broke the protocol.</summary>
    ProtocolViolated,

    /// <summary>The upstream proxy refused, or cannot be used by this hop.</summary>
    ProxyRefused,

    /// <summary>The program dialled a target that Plait did not ask for.</summary>
    LeakRefused,

    /// <summary>The other side reset or closed the connection.</summary>
    Reset,

    /// <summary>One direction moved, and no answer came.</summary>
    Stalled,

    /// <summary>A limit of the configuration or of the system is reached.</summary>
    LimitReached,

    /// <summary>A file that Plait keeps, or hands to a program, cannot be written: the disk is full or read-only.</summary>
    StateNotWritable,

    /// <summary>The state that a program keeps across starts, such as the keys of a bridge, exists and cannot be used.</summary>
    StateDamaged,

    /// <summary>The client went away, or Plait is stopping.</summary>
    Canceled,
}
