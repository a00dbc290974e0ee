using Microsoft.Extensions.Logging;
using Plait.Diagnostics.Secrecy;

namespace Plait.Diagnostics;

/// <summary>Log messages about child processes: 1xx. A number is never given to another event.</summary>
internal static partial class ProcessLog
{
    [LoggerMessage(EventId = 101, Message = "{Program} could not be started: {Reason}; it is tried again in {Seconds:0.##} s")]
    internal static partial void LaunchFailed(ILogger logger, LogLevel level, SafeText program, SafeText reason, double seconds);

    [LoggerMessage(EventId = 102, Message = "{Program} ended with {End}; its connections are lost, it is started again in {Seconds:0.##} s")]
    internal static partial void Restarting(ILogger logger, LogLevel level, SafeText program, SafeText end, double seconds);

    [LoggerMessage(EventId = 103, Message = "{Program} runs again")]
    internal static partial void Restarted(ILogger logger, LogLevel level, SafeText program);

    [LoggerMessage(EventId = 104, Message = "{Program}: {Text}")]
    internal static partial void ChildSaid(ILogger logger, LogLevel level, SafeText program, SafeText text);

    [LoggerMessage(105, LogLevel.Information, "{Program} printed a {Keyword} line that is not understood: {Reason}")]
    internal static partial void MalformedLine(ILogger logger, SafeText program, SafeText keyword, SafeText reason);

    [LoggerMessage(106, LogLevel.Debug, "{Program} printed an unknown line: {Keyword}")]
    internal static partial void UnknownLine(ILogger logger, SafeText program, SafeText keyword);

    [LoggerMessage(107, LogLevel.Information, "{Program} takes no proxy ({Reason}); it is joined by listeners instead")]
    internal static partial void TakesNoProxy(ILogger logger, SafeText program, SafeText reason);

    [LoggerMessage(108, LogLevel.Warning, "{Program} does not stay up: {Ends} ends or failed starts without a minute of life in between, the last: {Reason}. It is started again and again, after {Seconds:0.##} s at the latest; no more is said of it until it stays up")]
    internal static partial void LoopBegins(ILogger logger, SafeText program, int ends, SafeText reason, double seconds);

    [LoggerMessage(109, LogLevel.Information, "{Program} stays up again, after {Ends} ends or failed starts")]
    internal static partial void LoopOver(ILogger logger, SafeText program, int ends);

    [LoggerMessage(EventId = 111, Message = "{Failure}")]
    internal static partial void Killed(ILogger logger, LogLevel level, SafeText failure);

    [LoggerMessage(EventId = 110, Message = "{Program} runs now")]
    internal static partial void StartedLate(ILogger logger, LogLevel level, SafeText program);

    [LoggerMessage(118, LogLevel.Warning, "{Program} has printed no VERSION for {Seconds:0.#} s: {Reason}. Plait waits until {Limit:0.#} s are over (StartTimeout)")]
    internal static partial void SaysNothing(ILogger logger, SafeText program, double seconds, SafeText reason, double limit);

    [LoggerMessage(117, LogLevel.Error, "{Program}: an error that Plait did not expect, please report it: {Error}. Plait goes on to look after the program")]
    internal static partial void Unforeseen(ILogger logger, SafeText program, SafeText error);

    [LoggerMessage(116, LogLevel.Warning, "not all connections and programs have ended within {Seconds:0.##} s; Plait ends without waiting for them any longer")]
    internal static partial void EndedUnfinished(ILogger logger, double seconds);

    [LoggerMessage(112, LogLevel.Warning, "{What} cannot be kept: {Reason}; what is there still serves, what is new is forgotten when Plait ends. Make room on the disk of tor's data directory, or correct its rights")]
    internal static partial void StateNotKept(ILogger logger, SafeText what, SafeText reason);

    [LoggerMessage(113, LogLevel.Warning, "the plaitrc {Name} has no state yet, and the folder {Old} holds that of the same chains, whose plaitrc is no longer there: Plait takes it for renamed and goes on with its keys, so that bridge lines stay as they were; they are {Where}. If {Name} is meant to be another bridge, stop tor and remove its files there")]
    internal static partial void StateContinued(ILogger logger, SafeText name, SafeText old, SafeText where);

    [LoggerMessage(114, LogLevel.Warning, "the plaitrc {Name} has no state yet and begins with new keys, although the folder {Old} holds state of the same chains: {Why}. Bridge lines with the old keys do not work here. If the plaitrc was renamed, stop tor, remove the folder {Name} beside it and rename {Old} to {Name}")]
    internal static partial void StateNotContinued(ILogger logger, SafeText name, SafeText old, SafeText why);

    [LoggerMessage(115, LogLevel.Warning, "the folder of state cannot be locked: {Reason}; no other Plait must use it. Make room on the disk of tor's data directory, or correct its rights")]
    internal static partial void StateNotLocked(ILogger logger, SafeText reason);
}
