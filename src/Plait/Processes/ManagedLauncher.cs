using System.ComponentModel;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>What to start, and what to ask of it.</summary>
/// <param name="Name">How messages call it: the program's file name.</param>
/// <param name="Role">Which side of pt-spec it plays.</param>
/// <param name="Transports">The names to ask for.</param>
/// <param name="Command">Program, arguments, environment.</param>
internal sealed record LaunchRequest(SafeText Name, PtRole Role, IReadOnlyList<string> Transports, ChildCommand Command);

/// <summary>A child that has finished its start: it runs, and this is what it offers.</summary>
internal sealed record LaunchedTransports(
    ChildProcess Process,
    IReadOnlyDictionary<string, TransportMethod> Methods,
    IReadOnlyDictionary<string, string> Refused,
    bool ProxyAccepted);

/// <summary>A child that could not be started, or did not finish its start.</summary>
internal sealed class LaunchException(ChainStage stage, FailureCause cause, SafeText text, Exception? inner = null)
    : Exception(text.ToString(), inner)
{
    internal ChainStage Stage => stage;

    internal FailureCause Cause => cause;

    /// <summary>What happened, for a person.</summary>
    internal SafeText Text => text;
}

/// <summary>Starts a child and talks with it until its methods are known, within the start limit (M31).</summary>
internal sealed class ManagedLauncher(ChildLauncher launcher, Limits limits, TimeProvider time, ILogger logger, Scrubber scrubber)
{
    /// <summary>Starts a child.</summary>
    /// <param name="request">What to start.</param>
    /// <param name="limit">How long it may take: at most <see cref="Limits.StartTimeout"/>.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="LaunchException">It failed; no process is left.</exception>
    internal async Task<LaunchedTransports> LaunchAsync(LaunchRequest request, TimeSpan limit, CancellationToken cancellationToken)
    {
        var conversation = new ManagedConversation(request.Role, request.Transports);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ChildProcess child = await StartAsync(request, message =>
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
            await Task.WhenAny(ended.Task, child.Exited)
                .WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return Result(request, conversation, child);
        }
        catch (Exception e) when (e is LaunchException or TimeoutException or OperationCanceledException)
        {
            await child.DisposeAsync().ConfigureAwait(false);
            throw e is TimeoutException
                ? new LaunchException(ChainStage.Negotiation, FailureCause.TimedOut,
                    $"{request.Name} did not finish its start within {limits.StartTimeout.TotalSeconds:0.#} s")
                : e;
        }
    }

    private async Task<ChildProcess> StartAsync(LaunchRequest request, Action<PtMessage> onMessage)
    {
        try
        {
            return await ChildProcess.StartAsync(request.Command, launcher, limits.ExitGrace, time, scrubber, onMessage).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            FailureCause cause = Descriptors.AreLacking(e.NativeErrorCode) || e.NativeErrorCode == Libc.Again || e.NativeErrorCode == Libc.NoMemory
                ? FailureCause.LimitReached
                : FailureCause.NotPermitted;
            throw new LaunchException(ChainStage.Launch, cause,
                $"the system would not start {request.Name}: {WhyNot(e)}", e);
        }
    }

    private SafeText WhyNot(Win32Exception error) => error.NativeErrorCode switch
    {
        Libc.Again => $"the limit of processes and threads is reached (ulimit -u, LimitNPROC=, TasksMax=)",
        Libc.NotExecutable => $"it is neither a program of this machine nor a script that begins with #!",
        _ => scrubber.Scrub(error.Message),
    };

    private LaunchedTransports Result(LaunchRequest request, ManagedConversation conversation, ChildProcess child)
    {
        if (conversation.Failure is { } failure)
        {
            throw new LaunchException(ChainStage.Negotiation, failure.Cause, $"{request.Name}: {scrubber.Scrub(failure.Text)}");
        }

        // M30: an end in any state is a failure of everything, also right after DONE.
        if (child.Exited.IsCompleted)
        {
            throw Death(request, conversation, child);
        }

        if (conversation.Methods.Count == 0)
        {
            throw new LaunchException(ChainStage.Negotiation, FailureCause.ArgumentWrong,
                $"{request.Name} offers none of its transports: {scrubber.Scrub(Refusals(conversation))}");
        }

        return new(child, conversation.Methods, conversation.Refused, conversation.ProxyAccepted);
    }

    private LaunchException Death(LaunchRequest request, ManagedConversation conversation, ChildProcess child)
    {
        string refusals = Refusals(conversation);
        SafeText words = refusals.Length > 0 ? $"; it said: {scrubber.Scrub(refusals)}"
            : !child.Words.Last.IsEmpty ? $"; its last words: {child.Words.Last}"
            : SafeText.Empty;
        return new(ChainStage.Launch, FailureCause.Exited,
            $"{request.Name} ended during its start with {child.ExitText}{words}");
    }

    private static string Refusals(ManagedConversation conversation) =>
        string.Join("; ", conversation.Refused.Select(refused => $"{refused.Key}: {refused.Value}"));

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
