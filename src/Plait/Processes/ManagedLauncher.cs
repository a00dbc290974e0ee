using System.ComponentModel;
using System.Net;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Diagnostics;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Messages;

namespace Plait.Processes;

/// <summary>What to start, and what to ask of it.</summary>
/// <param name="Name">How messages call it: the program's file name.</param>
/// <param name="Role">Which side of pt-spec it plays.</param>
/// <param name="Transports">The names to ask for.</param>
/// <param name="Command">Program, arguments, environment.</param>
internal sealed record LaunchRequest(SafeText Name, PtRole Role, IReadOnlyList<string> Transports, ChildCommand Command)
{
    /// <summary>Where it is to listen for the network, if it stands at the wire of a bridge and listens itself.</summary>
    internal IPEndPoint? Listener { get; init; }

    /// <summary>Its state folder; null if it has none.</summary>
    internal string? StateFolder { get; init; }

    /// <summary>The keys of the options that its transports are given.</summary>
    internal IReadOnlyCollection<string> OptionKeys { get; init; } = [];

    /// <summary>The name alone: the rest holds secrets (G5).</summary>
    public override string ToString() => Name.ToString();
}

/// <summary>A child that has finished its start: it runs, and this is what it offers.</summary>
/// <param name="Process">The child.</param>
/// <param name="Methods">What it offers, by transport.</param>
/// <param name="Refused">What it does not, and why.</param>
/// <param name="ProxyAccepted">It took the proxy that it was given.</param>
internal sealed record LaunchedTransports(
    ChildProcess Process,
    IReadOnlyDictionary<string, TransportMethod> Methods,
    IReadOnlyDictionary<string, ProcessDown> Refused,
    bool ProxyAccepted);

/// <summary>Starts a child and talks with it until its methods are known, within the start limit (M31).</summary>
internal sealed class ManagedLauncher(ChildLauncher launcher, Limits limits, TimeProvider time, ILogger logger, Scrubber scrubber)
{
    // A pluggable transport prints VERSION within milliseconds. One that has said nothing for so long is reported, and waited for.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(3);

    /// <summary>Starts a child.</summary>
    /// <param name="request">What to start.</param>
    /// <param name="limit">How long it may take: at most <see cref="Limits.StartTimeout"/>.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="LaunchException">It failed; no process is left.</exception>
    internal async Task<LaunchedTransports> LaunchAsync(LaunchRequest request, TimeSpan limit, CancellationToken cancellationToken)
    {
        LearnPlaces(request);
        var words = new StartWords(request, limits, scrubber);
        var conversation = new ManagedConversation(request.Role, request.Transports);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ChildProcess child = await StartAsync(request, words, message =>
        {
            conversation.Accept(message);
            Report(request.Name, message);
            if (conversation.Ended)
            {
                ended.TrySetResult();
            }
        }).ConfigureAwait(false);
        try
        {
            Task over = Task.WhenAny(ended.Task, child.Exited);
            if (limit > s_silence)
            {
                await over.WaitAsync(s_silence, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                if (!over.IsCompleted && !conversation.HasBegun)
                {
                    ProcessLog.SaysNothing(logger, request.Name, s_silence.TotalSeconds, words.Silence(child), limits.StartTimeout.TotalSeconds);
                }

                limit -= s_silence;
            }

            await over.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return Result(words, conversation, child);
        }
        catch (Exception e) when (e is LaunchException or TimeoutException or OperationCanceledException)
        {
            ProcessDown? late = e is TimeoutException ? words.TooLate(conversation.HasBegun, child) : null;
            await child.DisposeAsync().ConfigureAwait(false);
            throw late is null ? e : new LaunchException(late, e);
        }
    }

    /// <summary>A folder and a port of our own are no secrets in what the program says.</summary>
    private void LearnPlaces(LaunchRequest request)
    {
        if (request.StateFolder is { } folder)
        {
            scrubber.LearnFolder(folder);
        }

        if (request.Listener is { } listener)
        {
            scrubber.LearnListener(listener);
        }
    }

    private async Task<ChildProcess> StartAsync(LaunchRequest request, StartWords words, Action<PtMessage> onMessage)
    {
        try
        {
            return await ChildProcess.StartAsync(request.Command, launcher, limits.ExitGrace, time, scrubber, onMessage).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            throw new LaunchException(words.NotStarted(e), e);
        }
    }

    private static LaunchedTransports Result(StartWords words, ManagedConversation conversation, ChildProcess child)
    {
        if (conversation.Failure is { } failure)
        {
            throw new LaunchException(words.Failed(failure));
        }

        // Before its end: what it said of its transports is the reason, whether it ends for that (obfs4proxy, M30) or stays.
        Dictionary<string, ProcessDown> refused = conversation.Refused.ToDictionary(
            refusal => refusal.Key, refusal => words.Refused(refusal.Key, refusal.Value, conversation.Methods.Keys));
        if (conversation.Methods.Count == 0 && refused.Count > 0)
        {
            throw new LaunchException(refused.Count == 1 ? refused.Values.Single() : words.RefusedAll(refused));
        }

        // M30: an end in any state is a failure of everything, also right after DONE.
        return child.Exited.IsCompleted
            ? throw new LaunchException(words.Ended(child, conversation.HasBegun))
            : new(child, conversation.Methods, refused, conversation.ProxyAccepted);
    }

    private void Report(SafeText name, PtMessage message)
    {
        // M54: never verbatim. The text was parsed; it is scrubbed here and encoded anew when the log is printed.
        switch (message)
        {
            case LogMessage log:
                ProcessLog.ChildSaid(logger, LevelOf(log.Severity), name, scrubber.Scrub(log.Text));
                break;
            case MalformedMessage malformed:
                ProcessLog.MalformedLine(logger, name, scrubber.Scrub(malformed.Keyword), SafeText.Own(malformed.Reason));
                break;
            case UnknownMessage unknown:
                ProcessLog.UnknownLine(logger, name, scrubber.Scrub(unknown.Keyword));
                break;
        }
    }

    private static LogLevel LevelOf(LogSeverity severity) => severity switch
    {
        LogSeverity.Error => LogLevel.Error,
        LogSeverity.Warning => LogLevel.Warning,
        LogSeverity.Notice or LogSeverity.Info => LogLevel.Information,
        _ => LogLevel.Debug,
    };
}
