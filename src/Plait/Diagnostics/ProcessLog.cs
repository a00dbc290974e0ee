using Microsoft.Extensions.Logging;

namespace Plait.Diagnostics;

/// <summary>Log messages about child processes: 1xx. A number is never given to another event.</summary>
internal static partial class ProcessLog
{
    [LoggerMessage(101, LogLevel.Warning, "{Program} could not be started: {Reason}")]
    internal static partial void LaunchFailed(ILogger logger, SafeText program, SafeText reason);

    [LoggerMessage(102, LogLevel.Warning, "{Program} ended with {End}; its connections are lost, it is started again in {Seconds:0.##} s")]
    internal static partial void Restarting(ILogger logger, SafeText program, SafeText end, double seconds);

    [LoggerMessage(103, LogLevel.Information, "{Program} runs again")]
    internal static partial void Restarted(ILogger logger, SafeText program);

    [LoggerMessage(EventId = 104, Message = "{Program}: {Text}")]
    internal static partial void ChildSaid(ILogger logger, LogLevel level, SafeText program, SafeText text);

    [LoggerMessage(105, LogLevel.Information, "{Program} printed a {Keyword} line that is not understood: {Reason}")]
    internal static partial void MalformedLine(ILogger logger, SafeText program, SafeText keyword, SafeText reason);

    [LoggerMessage(106, LogLevel.Debug, "{Program} printed an unknown line: {Keyword}")]
    internal static partial void UnknownLine(ILogger logger, SafeText program, SafeText keyword);

    [LoggerMessage(107, LogLevel.Information, "{Program} takes no proxy ({Reason}); it is joined by listeners instead")]
    internal static partial void TakesNoProxy(ILogger logger, SafeText program, SafeText reason);
}
