using Microsoft.Extensions.Logging;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;

namespace Plait.Diagnostics;

/// <summary>Log messages about chains and their connections: 3xx. A number is never given to another event.</summary>
[ProgramSeam]
internal static partial class ChainLog
{
    [LoggerMessage(EventId = 301, Message = "{Failure}")]
    internal static partial void OpeningFailed(ILogger logger, LogLevel level, SafeText failure);

    [LoggerMessage(302, LogLevel.Debug, "{Chain}: connection over: {End}, {Outward} bytes out, {Inward} bytes in")]
    internal static partial void Closed(ILogger logger, SafeText chain, RelayEnd end, long outward, long inward);

    [LoggerMessage(303, LogLevel.Warning, "{Chain}: a SOCKS client was turned away: {Reason}")]
    internal static partial void SocksRejected(ILogger logger, SafeText chain, SafeText reason);

    [LoggerMessage(304, LogLevel.Warning, "{Program} dialled something that it was not asked for; refused, so that nothing goes around its chain; {Hint}")]
    internal static partial void LeakRefused(ILogger logger, SafeText program, SafeText hint);

    [LoggerMessage(305, LogLevel.Information, "the port of Plait that {Program} connects to: a connection was turned away: {Reason}")]
    internal static partial void JointStranger(ILogger logger, SafeText program, SafeText reason);

    [LoggerMessage(306, LogLevel.Warning, "the port of Plait that {Program} connects to: a connection belongs to none that is open; refused ({Reason})")]
    internal static partial void UnknownArrival(ILogger logger, SafeText program, SafeText reason);

    [LoggerMessage(307, LogLevel.Warning, "{Program} does not speak the Extended ORPort; it serves several places at once only from Plait's next start on, with a process for each; until then some of its connections are refused. Restart tor, or write: ServerTransportJoint NAME orport")]
    internal static partial void LearnedOrPort(ILogger logger, SafeText program);

    [LoggerMessage(308, LogLevel.Debug, "{Program} dialled for a connection that is over; refused")]
    internal static partial void TicketOver(ILogger logger, SafeText program);

    [LoggerMessage(316, LogLevel.Debug, "{Chain}: accepted, and not confirmed yet: a hop has accepted the connection and will dial only once payload flows")]
    internal static partial void Provisional(ILogger logger, SafeText chain);

    [LoggerMessage(317, LogLevel.Information, "{Program}: {Transport} {Quality}; its connections are not confirmed when they are accepted")]
    internal static partial void GrantQuality(ILogger logger, SafeText program, SafeText transport, SafeText quality);

    [LoggerMessage(318, LogLevel.Error, "an observer threw; it is asked again, and this is not said again: {Error}")]
    internal static partial void ObserverThrew(ILogger logger, SafeText error);

    [LoggerMessage(313, LogLevel.Error, "a connection ended with an error that Plait did not expect, please report it: {Error}")]
    internal static partial void Unexpected(ILogger logger, SafeText error);

    [LoggerMessage(314, LogLevel.Warning, "the Extended ORPort is not on this machine: what is sent to it is neither secret nor protected (ext-orport-spec 4)")]
    internal static partial void ExtOrPortNotLoopback(ILogger logger);

    [LoggerMessage(315, LogLevel.Warning, "{Program} answered before it had connected to the next hop: its bytes go around the chain; closed. If its transport ignores the target that it is given, write in the plaitrc: IndirectTransport NAME")]
    internal static partial void WentAround(ILogger logger, SafeText program);

    [LoggerMessage(309, LogLevel.Warning, "{Transport}: the arguments of its bridge lines changed when {Program} was restarted; bridge lines handed out before no longer work")]
    internal static partial void ArgumentsChanged(ILogger logger, SafeText transport, SafeText program);

    [LoggerMessage(310, LogLevel.Warning, "{Chain}: its arguments are longer than the {Limit} bytes that a bridge line can carry; clients need them as a Profile in their plaitrc")]
    internal static partial void ArgumentsTooLong(ILogger logger, SafeText chain, int limit);

    [LoggerMessage(320, LogLevel.Warning, "{Failure}. Its connections are refused until it works; Plait keeps trying. A change of the plaitrc needs a restart of tor")]
    internal static partial void RefusesForNow(ILogger logger, SafeText failure);

    [LoggerMessage(323, LogLevel.Warning, "{Failure}; then restart tor. Until then its connections are refused")]
    internal static partial void RefusesUntilRestart(ILogger logger, SafeText failure);

    [LoggerMessage(321, LogLevel.Warning, "{Program} hangs: it has not accepted a connection on its own port for {Seconds:0.#} s, and no byte moved meanwhile; {WhatNow}")]
    internal static partial void ProgramHangs(ILogger logger, SafeText program, double seconds, SafeText whatNow);

    [LoggerMessage(322, LogLevel.Information, "this system does not show what waits at {Program}'s own port: a program that hangs is not noticed")]
    internal static partial void HangsAreNotSeen(ILogger logger, SafeText program);

    [LoggerMessage(311, LogLevel.Information, "this system does not splice between sockets and pipes: relays copy, at some three times the processor time")]
    internal static partial void RelaysCopy(ILogger logger);

    [LoggerMessage(324, LogLevel.Debug, "{What} took {Milliseconds:0.#} ms of a poller's thread; the other connections of that thread waited")]
    internal static partial void LongTurn(ILogger logger, SafeText what, double milliseconds);

    [LoggerMessage(325, LogLevel.Information, "{Tunnel}: a client did not ask for a service, as --service of the near end does: {Why}; closed")]
    internal static partial void ServiceNotAsked(ILogger logger, SafeText tunnel, SafeText why);

    [LoggerMessage(326, LogLevel.Information, "{Tunnel}: a client asked for a service that is not one of those after --forward; refused")]
    internal static partial void ServiceNotKnown(ILogger logger, SafeText tunnel);

    /// <summary>
    /// Whether a message reports that a state begins or ends: 331 to 334. It is not repeated, so a limit on messages must not drop it among those
    /// that the state itself causes.
    /// </summary>
    internal static bool ReportsAState(EventId eventId) => eventId.Id is >= 331 and <= 334;

    [LoggerMessage(331, LogLevel.Warning, "no descriptors are left, of {Limit}: new connections are refused until some are free, those that are open go on. Raise the limit (ulimit -n, LimitNOFILE of systemd) or lower MaxConnections")]
    internal static partial void DescriptorsGone(ILogger logger, int limit);

    [LoggerMessage(332, LogLevel.Warning, "descriptors are free again: new connections are let in; {Refused} were refused")]
    internal static partial void DescriptorsBack(ILogger logger, long refused);

    [LoggerMessage(333, LogLevel.Warning, "{Limit} {What} are open, all that MaxConnections allows: new ones are reset until some of them have ended")]
    internal static partial void BudgetSpent(ILogger logger, int limit, SafeText what);

    [LoggerMessage(334, LogLevel.Warning, "fewer {What} are open than MaxConnections allows: new ones are let in; {Refused} were reset")]
    internal static partial void BudgetBack(ILogger logger, SafeText what, long refused);
}
