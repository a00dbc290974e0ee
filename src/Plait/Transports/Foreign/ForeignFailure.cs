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

    /// <summary>Stands for the message of an exception, which may hold anything (G5).</summary>
    internal static string Said(Exception error) => $"the transport threw {error.GetType().Name}";

    /// <summary>
    /// Whether an exception is none that the preparation of a server may throw: a failure, an error of its state's files, or the cancellation
    /// that was asked for.
    /// </summary>
    internal static bool IsForeignToPreparation(Exception error, CancellationToken cancellationToken) =>
        error is not (TransportException or IOException or UnauthorizedAccessException)
        && !(error is OperationCanceledException && cancellationToken.IsCancellationRequested);

    /// <summary>
    /// Calls code of others beside: it may compute for long, or never return, and its caller waits no longer than its own limit.
    /// </summary>
    internal static Task<T> BesideAsync<T>(Func<ValueTask<T>> call) =>
        Task.Run(async () => await call().ConfigureAwait(false), CancellationToken.None);

    /// <summary>Disposes what a call that was given up makes, if it completes after all.</summary>
    internal static async Task DisposeLateAsync<T>(Task<T> call)
        where T : IDisposable
    {
        await ((Task)call).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (call.IsCompletedSuccessfully)
        {
            call.Result.Dispose();
        }
    }

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
