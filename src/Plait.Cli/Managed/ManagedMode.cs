using System.Diagnostics.CodeAnalysis;
using Plait.Diagnostics;
using Plait.Hosting;
using Plait.Native;
using Plait.Processes;
using Plait.Wire.Pt;

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
    private readonly HashSet<string> _answered = [];
    private Request? _asked;
    private bool _begun;
    private bool _done;

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
                _asked = new(PtRole.Client, client.Transports, client.Proxy is not null);
                return PathProblem(client.StateLocation!, cookieFile: null) is { } noClient
                    ? Refuse(new EnvErrorMessage(noClient), ExitCode.Configuration)
                    : await RunRoleAsync(arguments, PtRole.Client, client.StateLocation!, client.ExitOnStdinClose,
                        (settings, cancellationToken) => RunClientAsync(settings, client, cancellationToken));
            case PtEnvironment.Server { Environment: var server }:
                _asked = new(PtRole.Server, server.Transports, HasProxy: false);
                return PathProblem(server.StateLocation!, server.AuthCookieFile) is { } noServer
                    ? Refuse(new EnvErrorMessage(noServer), ExitCode.Configuration)
                    : await RunRoleAsync(arguments, PtRole.Server, server.StateLocation!, server.ExitOnStdinClose,
                        (settings, cancellationToken) => RunServerAsync(settings, server, cancellationToken));
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
        if (!ConfigurationFile.TryLoad(arguments.File, out ConfigurationFile? file, out string? error))
        {
            return Refuse(new EnvErrorMessage(error), ExitCode.NoInput);
        }

        if (file.Result.Problems is [var first, ..] problems)
        {
            // A line that was meant to keep traffic inside may be among them: nothing runs on half a configuration.
            string more = problems.Count > 1 ? $" ({problems.Count - 1} more: run 'plait check -f {file.Path}')" : "";
            return Refuse(new EnvErrorMessage($"{first}{more}"), ExitCode.Configuration);
        }

        // Our own folder in it: tor's may well be good while a file stands in our way. Anything else that is wrong with it may pass.
        if (FileInTheWay(StateDirectories.RootOf(stateLocation, file.Name)) is { } obstacle)
        {
            return Refuse(
                new EnvErrorMessage($"TOR_PT_STATE_LOCATION cannot be used: {obstacle} is a file, and a directory is needed there"),
                ExitCode.Configuration);
        }

        EventLog? log = null;
        if (arguments.EventLog is { } path && !TryOpenEventLog(path, out log, out string? noLog))
        {
            return Refuse(new EnvErrorMessage(noLog), ExitCode.Configuration);
        }

        await using EventLog? openedLog = log; // closed after the host, whose end is in it
        var shutdown = new ShutdownTriggers(exitOnStdinClose);
        var last = new LastMoment(file.Result.Configuration.Limits.EndingTimeout);
        using CancellationTokenRegistration ends = shutdown.Now.UnsafeRegister(_ => Ends(last), null);
        var settings = new HostSettings
        {
            Configuration = file.Result.Configuration,
            ConfigurationName = file.Name,
            ConfigurationPath = file.FullPath,
            Logger = _logger,
            Observer = ObserverOf(log, role),
            LauncherThread = MainThread.Lend,
        };
        Begin();
        try
        {
            await using IPlaitHost host = await start(settings, shutdown.Now);
            if (HasNoState(host.Chains))
            {
                return ExitCode.InputOutput; // tor has the reasons, and starts us again
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
            (log, error) = (EventLog.OpenEvenIfFull(path, _logger), null);
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

    private async Task<IPlaitHost> RunClientAsync(
        HostSettings settings, ClientEnvironment environment, CancellationToken cancellationToken)
    {
        ClientHost host = await ClientHost.StartAsync(settings, environment, cancellationToken);
        if (environment.Proxy is not null)
        {
            _output.Say(new ProxyDoneMessage()); // C21: chains that cannot use it have failed
        }

        return Announce(
            host,
            listening => new ClientMethodMessage(listening.Alias, SocksVersion.Socks5, listening.EndPoint),
            failed => new ClientMethodErrorMessage(failed.Alias, failed.Failure.Text.ToString()),
            new ClientMethodsDoneMessage());
    }

    private async Task<IPlaitHost> RunServerAsync(
        HostSettings settings, ServerEnvironment environment, CancellationToken cancellationToken)
    {
        ServerHost host = await ServerHost.StartAsync(settings, environment, cancellationToken);
        return Announce(
            host,
            listening => new ServerMethodMessage(listening.Alias, listening.EndPoint, listening.Arguments),
            failed => new ServerMethodErrorMessage(failed.Alias, failed.Failure.Text.ToString()),
            new ServerMethodsDoneMessage());
    }

    /// <summary>Each chain gets its one line (M29), then DONE.</summary>
    private IPlaitHost Announce(
        IPlaitHost host, Func<ChainStart.Listening, PtMessage> listens, Func<ChainStart.Failed, PtMessage> fails, PtMessage done)
    {
        foreach (ChainStart chain in host.Chains)
        {
            _answered.Add(chain.Alias);
            _output.Say(chain switch
            {
                ChainStart.Listening listening => listens(listening),
                ChainStart.Failed failed => fails(failed),
                _ => throw new InvalidOperationException("A start of a new kind."),
            });
        }

        SayVersion(host.Chains);
        _output.Say(done);
        _done = true;
        return host;
    }

    /// <summary>Who implements the transports, in the form that old and new tor and arti take (M50).</summary>
    private void SayVersion(IReadOnlyList<ChainStart> chains)
    {
        foreach (ChainStart.Listening listening in chains.OfType<ChainStart.Listening>())
        {
            _output.Say(new StatusMessage(listening.Alias,
                [new("TYPE", "version"), new("IMPLEMENTATION", "plait"), new("VERSION", ProductVersion.Text)]));
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
        if (_done)
        {
            _output.Say(new LogMessage(LogSeverity.Error, reason)); // a crash after DONE: tor starts us again (L16)
            return code;
        }

        if (_asked is not { } asked)
        {
            _output.Say(new EnvErrorMessage(reason)); // it is not known for which names
            return code;
        }

        if (!_begun)
        {
            _output.Say(new VersionMessage("1"));
        }

        if (asked.HasProxy)
        {
            _output.Say(new ProxyDoneMessage()); // or tor takes the silence for a refusal, and does not start us again
        }

        bool client = asked.Role == PtRole.Client;
        foreach (string name in asked.Names.Where(name => !_answered.Contains(name)))
        {
            _output.Say(client ? new ClientMethodErrorMessage(name, reason) : new ServerMethodErrorMessage(name, reason));
        }

        _output.Say(client ? new ClientMethodsDoneMessage() : new ServerMethodsDoneMessage());
        return code;
    }

    private static string? PathProblem(string stateLocation, string? cookieFile) =>
        SystemText.PathProblem(stateLocation, "tor's state location (TOR_PT_STATE_LOCATION)")
        ?? (cookieFile is null ? null : SystemText.PathProblem(cookieFile, "tor's cookie file (TOR_PT_AUTH_COOKIE_FILE)"));

    /// <summary>Every chain failed because the disk is full or read-only, and only another start can tell tor that this is over.</summary>
    private static bool HasNoState(IReadOnlyList<ChainStart> chains) =>
        chains.Count > 0 && chains.All(chain => chain is ChainStart.Failed { Failure.Cause: FailureCause.StateNotWritable });

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

    /// <summary>What tor asks for.</summary>
    private sealed record Request(PtRole Role, IReadOnlyList<string> Names, bool HasProxy);
}
