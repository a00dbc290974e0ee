using System.Diagnostics.CodeAnalysis;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Hosting;
using Plait.Native;
using Plait.Processes;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;
using Plait.Wire.Pt.Messages;

namespace Plait.Cli.Managed;

/// <summary>
/// Plait as a pluggable transport: reads TOR_PT_*, starts the chains that tor asks for, reports to tor where they listen, and
/// stays until it is told to end.
/// </summary>
/// <remarks>
/// What no restart can mend is refused before VERSION by a line after which tor does not start us again (E6, L18): <see cref="Refuse"/>. What
/// may pass is reported for each name after VERSION, and we end; tor then starts us again each second (R14): <see cref="GiveUp"/>.
/// What fails for one chain is reported for that chain (M32). Nothing ends before DONE without such a line (L17).
/// </remarks>
internal sealed class ManagedMode : IAsyncDisposable
{
    private readonly PtOutput _output;
    private readonly PtLogger _logger;
    private MethodLines? _lines; // once it is known what tor asks for
    private bool _begun;

    private ManagedMode(Stream stdout)
    {
        _output = new(stdout);
        _logger = new(_output, TimeProvider.System);
    }

    /// <summary>Runs until the end.</summary>
    /// <returns>An <see cref="ExitCode"/>: 0 after an orderly end (L9).</returns>
    internal static async Task<int> RunAsync(string[] words)
    {
        using Stream stdout = StandardStreams.OpenOutput();
        await using var mode = new ManagedMode(stdout);
        try
        {
            return (int)await mode.RunConversationAsync(words);
        }
        catch (Exception e) // whatever it is, tor needs a line, and a person one sentence
        {
            return (int)mode.GiveUp(e);
        }
    }

    /// <summary>Prints what was reported. What fails here, for want of a thread, fails after all that tor has to know.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _output.DisposeAsync();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException or TaskSchedulerException)
        {
            // As if tor did not read.
        }
    }

    private async Task<ExitCode> RunConversationAsync(string[] words)
    {
        ManagedArguments arguments = ManagedArguments.Parse(words);
        if (arguments.Error is not null)
        {
            return Refuse(new EnvErrorMessage(arguments.Error), ExitCode.Usage);
        }

        switch (PtEnvironment.Read(OwnEnvironment.Read(), arguments.Role))
        {
            case PtEnvironment.Refused { Message: ProxyErrorMessage error }:
                Begin(); // M16: a proxy is refused after VERSION
                return Refuse(error, ExitCode.Configuration);
            case PtEnvironment.Refused refused:
                return Refuse(refused.Message, refused.Message is VersionErrorMessage ? ExitCode.Protocol : ExitCode.Configuration);
            case PtEnvironment.Client { Environment: var client }:
                _lines = new(_output, PtRole.Client, client.Transports, client.Proxy is not null);
                return PathProblem(client.StateLocation!, cookieFile: null) is { } noClient
                    ? Refuse(new EnvErrorMessage(noClient), ExitCode.Configuration)
                    : await RunRoleAsync(arguments, PtRole.Client, client.StateLocation!, client.ExitOnStdinClose,
                        async (settings, cancellationToken) => await ClientHost.StartAsync(settings, client, cancellationToken));
            case PtEnvironment.Server { Environment: var server }:
                _lines = new(_output, PtRole.Server, server.Transports, hasProxy: false);
                return PathProblem(server.StateLocation!, server.AuthCookieFile) is { } noServer
                    ? Refuse(new EnvErrorMessage(noServer), ExitCode.Configuration)
                    : await RunRoleAsync(arguments, PtRole.Server, server.StateLocation!, server.ExitOnStdinClose,
                        async (settings, cancellationToken) => await ServerHost.StartAsync(settings, server, cancellationToken));
            default:
                return Refuse(new EnvErrorMessage("neither TOR_PT_CLIENT_TRANSPORTS nor TOR_PT_SERVER_TRANSPORTS is set"), ExitCode.Configuration);
        }
    }

    private async Task<ExitCode> RunRoleAsync(
        ManagedArguments arguments,
        PtRole role,
        string stateLocation,
        bool exitOnStdinClose,
        Func<HostSettings, CancellationToken, Task<IPlaitHost>> start)
    {
        Threads.Make();
        if (!TryLoad(arguments, stateLocation, out ConfigurationFile? file, out ExitCode refused))
        {
            return refused;
        }

        EventLog? log = null;
        if (arguments.EventLog is { } path && !TryOpenEventLog(path, out log, out string? noLog))
        {
            return Refuse(new EnvErrorMessage(noLog), ExitCode.Configuration);
        }

        await using EventLog? openedLog = log; // closed after the host, whose end is in it
        var shutdown = new ShutdownTriggers(exitOnStdinClose, ProgramPollers.All);
        shutdown.HungUp += () => _ = Task.Run(() => log?.Reopen()); // a disk that hangs must not keep later signals waiting
        var last = new LastMoment(file.Result.Configuration.Limits.EndingTimeout);
        using CancellationTokenRegistration ends = shutdown.Now.UnsafeRegister(_ => Ends(last), null);
        var settings = new HostSettings
        {
            Configuration = file.Result.Configuration,
            ConfigurationName = file.Name,
            ConfigurationPath = file.FullPath,
            Logger = _logger,
            Observer = ObserverOf(log, role),
            Pollers = ProgramPollers.All,
            LauncherThread = MainThread.Lend,
            ChainStarted = _lines!.Say,
            LibraryHost = OwnProgram.Path,
        };
        Begin();
        try
        {
            await using IPlaitHost host = await start(settings, shutdown.Now);
            ExitCode? over = NothingStands(host.Chains);
            _lines.Done(host.Chains, ends: over is not null, shutdown.Now);
            if (over is { } code)
            {
                return code;
            }

            await UntilToldAsync(host, shutdown);
            Ends(last); // also where the last connection has ended after a SIGINT
        }
        catch (OperationCanceledException) when (shutdown.Now.IsCancellationRequested)
        {
            // Told to end while starting; what was started is stopped.
        }

        return ExitCode.Success;
    }

    /// <summary>Reads the plaitrc, and checks the folder of the state location that it names. A problem is reported to tor.</summary>
    private bool TryLoad(ManagedArguments arguments, string stateLocation, [NotNullWhen(true)] out ConfigurationFile? file, out ExitCode refused)
    {
        refused = ExitCode.Success;
        if (!ConfigurationFile.TryLoad(arguments.File, out file, out string? error))
        {
            refused = Refuse(new EnvErrorMessage(error), ExitCode.NoInput);
            return false;
        }

        if (file.Result.Problems is [var first, ..] problems)
        {
            // A line that was meant to keep traffic inside may be among them: nothing runs on half a configuration.
            string more = problems.Count > 1 ? $" ({problems.Count - 1} more: run 'plait check -f {file.Path}')" : "";
            refused = Refuse(new EnvErrorMessage($"{first}{more}"), ExitCode.Configuration);
            return false;
        }

        // Our own folder in it: tor's may well be good while a file stands in our way. Anything else that is wrong with it may pass.
        if (FileInTheWay(StateDirectories.RootOf(stateLocation, file.Name)) is { } obstacle)
        {
            refused = Refuse(
                new EnvErrorMessage($"TOR_PT_STATE_LOCATION cannot be used: {obstacle} is a file, and a directory is needed there; rename it"),
                ExitCode.Configuration);
            return false;
        }

        return true;
    }

    /// <summary>Plait has been asked to end: nothing is waited for any longer than that takes.</summary>
    private void Ends(LastMoment last)
    {
        last.Begin();
        _output.Hurry();
    }

    /// <summary>Apart, as <see cref="ObserverOf"/>: nothing of the event log is loaded unless it is asked for.</summary>
    private bool TryOpenEventLog(string path, [NotNullWhen(true)] out EventLog? log, [NotNullWhen(false)] out string? error)
    {
        try
        {
            (log, error) = (EventLog.OpenInAnyCase(path, _logger), null);
            return true;
        }
        catch (IOException e)
        {
            (log, error) = (null, e.Message);
            return false;
        }
    }

    private IPlaitObserver ObserverOf(EventLog? log, PtRole role)
    {
        var status = new PtStatus(_output, TimeProvider.System);
        return log is null ? status : new PlaitObservers(status, log.Of(role));
    }

    private static async Task UntilToldAsync(IPlaitHost host, ShutdownTriggers shutdown)
    {
        try
        {
            await shutdown.Graceful.WaitAsync(shutdown.Now);
            host.StopAccepting();
            await host.WhenIdleAsync().WaitAsync(shutdown.Now);
        }
        catch (OperationCanceledException)
        {
            // Now.
        }
    }

    private void Begin()
    {
        _begun = true;
        _output.Begin();
    }

    /// <summary>No restart can mend it: one line, and tor does not start us again before its next reload.</summary>
    private ExitCode Refuse(PtMessage message, ExitCode code)
    {
        _output.Say(message);
        StandardStreams.WriteError($"plait: {message.Format()}");
        return code;
    }

    /// <summary>It may pass: each name that is not answered gets the reason, and tor starts us again.</summary>
    private ExitCode GiveUp(Exception error)
    {
        (ExitCode code, string why) = Shortcoming.Of(error);
        string reason = SafeText.Own(why).ToString();
        StandardStreams.WriteError($"plait: {reason}");
        if (_lines is null)
        {
            _output.Say(new EnvErrorMessage(reason)); // it is not known for which names
            return code;
        }

        if (!_begun)
        {
            _output.Say(new VersionMessage("1"));
        }

        _lines.GiveUp(reason);
        return code;
    }

    private static string? PathProblem(string stateLocation, string? cookieFile) =>
        SystemText.PathProblem(stateLocation, "tor's state location (TOR_PT_STATE_LOCATION)")
        ?? (cookieFile is null ? null : SystemText.PathProblem(cookieFile, "tor's cookie file (TOR_PT_AUTH_COOKIE_FILE)"));

    /// <summary>
    /// No chain stands, and what keeps one from it may pass: only another start can tell tor that it has (M25), and tor makes one a second
    /// after our end (R14), as it does with obfs4proxy (M30). Where only another configuration can help, a start each second would
    /// repeat the same lines for nothing, as obfs4proxy does where an option is wrong: Plait stays, and the next reload of tor ends it.
    /// </summary>
    /// <returns>The exit code, or null if Plait stays.</returns>
    private static ExitCode? NothingStands(IReadOnlyList<ChainStart> chains) =>
        chains.All(chain => chain is ChainStart.Failed) && chains.OfType<ChainStart.Failed>().FirstOrDefault(chain => chain.MayPass) is { } failed
            ? failed.Failure.Cause == FailureCause.LimitReached ? ExitCode.Shortage : (ExitCode)FailureWords.ExitCodeOf(failed.Failure.Cause)
            : null;

    /// <summary>The part of a path that is a file, or null.</summary>
    private static string? FileInTheWay(string path)
    {
        string? part = path;
        while (part is not null && !File.Exists(part))
        {
            part = Path.GetDirectoryName(part);
        }

        return part;
    }
}
