namespace Plait.Diagnostics.Failures;

/// <summary>
/// How the program ends: 0, 1, 2, and the codes of sysexits(3), so that a script can tell failures that may pass from those that do not.
/// docs/exit-codes.md says what each means under tor; a test compares the two.
/// </summary>
[ProgramSeam]
internal enum ExitCode
{
    /// <summary>An orderly end (L9).</summary>
    Success = 0,

    /// <summary>A command found what it was asked to look for: problems of a plaitrc, words that it does not understand.</summary>
    Failure = 1,

    /// <summary><c>plait bridge-line --explain</c>: a bridge line is wrong, and can be mended.</summary>
    Mendable = 2,

    /// <summary>EX_USAGE: a word of the torrc line, or an argument, is wrong.</summary>
    Usage = 64,

    /// <summary>EX_NOINPUT: there is no plaitrc, or it cannot be read; of a check, the same of a torrc.</summary>
    NoInput = 66,

    /// <summary>EX_UNAVAILABLE: a program, or the upstream proxy, cannot be used.</summary>
    Unavailable = 69,

    /// <summary>EX_SOFTWARE: an error of Plait's own.</summary>
    Software = 70,

    /// <summary>EX_OSERR: the system has no memory, thread, process or descriptor left.</summary>
    Shortage = 71,

    /// <summary>EX_IOERR: the state location cannot be written or read; or, of a command, its output cannot be written.</summary>
    InputOutput = 74,

    /// <summary>EX_TEMPFAIL: it may work at the next attempt; another Plait uses the state.</summary>
    TryAgain = 75,

    /// <summary>EX_PROTOCOL: the other side, or our parent, breaks the protocol.</summary>
    Protocol = 76,

    /// <summary>EX_NOPERM: the system, or a rule of Plait, does not permit it.</summary>
    NoPermission = 77,

    /// <summary>EX_CONFIG: the plaitrc or the environment is wrong.</summary>
    Configuration = 78,
}
