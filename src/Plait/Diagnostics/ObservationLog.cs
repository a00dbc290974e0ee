using Microsoft.Extensions.Logging;
using Plait.Diagnostics.Secrecy;

namespace Plait.Diagnostics;

/// <summary>Log messages about events and messages that were lost: 4xx. A number is never given to another event.</summary>
internal static partial class ObservationLog
{
    [LoggerMessage(401, LogLevel.Warning, "{Problem}; events are left out until it can be written again, and this is not said again")]
    internal static partial void EventLogFailed(ILogger logger, SafeText problem);

    [LoggerMessage(402, LogLevel.Warning, "{Count} messages were left out: the log did not take them in time")]
    internal static partial void MessagesLeftOut(ILogger logger, int count);
}
