using System.Net.Sockets;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Transports.Foreign;

/// <summary>
/// What code of others threw that it may not throw: a failure of its hop, in the common words. The message may hold anything, so only the type
/// is repeated (G5).
/// </summary>
internal static class ForeignFailure
{
    /// <summary>Makes a failure of an exception.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="what">What was called: "its handshake".</param>
    internal static TransportException Of(Exception error, SafeText what) => error as TransportException
        ?? new(FailureCause.ProtocolViolated, $"{what} threw {SafeText.Name(error.GetType().Name)}, which is a fault of the transport", error)
        {
            Advice = $"report it to the author of the transport",
        };

    /// <summary>The same for what returned null.</summary>
    internal static TransportException OfNull(SafeText what) =>
        new(FailureCause.ProtocolViolated, $"{what} returned null, which is a fault of the transport")
        {
            Advice = $"report it to the author of the transport",
        };

    /// <summary>
    /// Whether an exception is none that a handshake or a preparation may throw: a failure, a loss, or the cancellation that was asked for.
    /// </summary>
    internal static bool IsForeign(Exception error, CancellationToken cancellationToken) =>
        error is not (TransportException or IOException or SocketException or ObjectDisposedException)
        && !(error is OperationCanceledException && cancellationToken.IsCancellationRequested);

    /// <summary>Reads a property; its default if that throws.</summary>
    internal static T Get<T>(Func<T> property, T otherwise)
    {
        try
        {
            return property();
        }
        catch (Exception)
        {
            return otherwise; // the handshake will fail as well, and be reported
        }
    }
}
