using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Diagnostics;
using Plait.Hosting;
using Plait.Processes;
using Plait.Wire.Pt;

namespace Plait.Cli.Managed;

/// <summary>
/// Plait as a pluggable transport: reads TOR_PT_*, starts the chains that tor asks for, tells tor where they listen, and
/// stays until it is told to end. What fails as a whole is said before VERSION, where tor shows it (E6); what fails for one
/// chain is said for that chain (M32).
/// </summary>
internal sealed class ManagedMode : IAsyncDisposable
{
    private const int Success = 0;
    private const int Failure = 1;

    private readonly PtOutput _output;
    private readonly PtLogger _logger;

    private ManagedMode(Stream stdout)
    {
        _output = new(stdout);
        _logger = new(_output, TimeProvider.System);
    }

    /// <summary>Runs until the end.</summary>
    /// <returns>The exit code: 0 after an orderly end (L9).</returns>
    internal static async Task<int> RunAsync(string[] words)
    {
        using Stream stdout = StandardStreams.OpenOutput();
        await using var mode = new ManagedMode(stdout);
        return await mode.RunConversationAsync(words);
    }

    /// <summary>Prints what was reported.</summary>
    public ValueTask DisposeAsync() => _output.DisposeAsync();

    private async Task<int> RunConversationAsync(string[] words)
    {
        ManagedArguments arguments = ManagedArguments.Parse(words);
        if (arguments.Error is not null)
        {
            return Refuse(new EnvErrorMessage(arguments.Error));
        }

        switch (PtEnvironment.Read(OwnEnvironment.Read(), arguments.Role))
        {
            case PtEnvironment.Refused { Message: ProxyErrorMessage error }:
                _output.Begin(); // M16: a proxy is refused behind VERSION
                return Refuse(error);
            case PtEnvironment.Refused refused:
                return Refuse(refused.Message);
            case PtEnvironment.Client client:
                return await RunRoleAsync(arguments, PtRole.Client, client.Environment.StateLocation!, client.Environment.ExitOnStdinClose,
                    (settings, cancellationToken) => RunClientAsync(settings, client.Environment, cancellationToken));
            case PtEnvironment.Server server:
                return await RunRoleAsync(arguments, PtRole.Server, server.Environment.StateLocation!, server.Environment.ExitOnStdinClose,
                    (settings, cancellationToken) => RunServerAsync(settings, server.Environment, cancellationToken));
            default:
                return Refuse(new EnvErrorMessage("neither TOR_PT_CLIENT_TRANSPORTS nor TOR_PT_SERVER_TRANSPORTS is set"));
        }
    }

    private async Task<int> RunRoleAsync(
        ManagedArguments arguments,
        PtRole role,
        string stateLocation,
        bool exitOnStdinClose,
        Func<HostSettings, CancellationToken, Task<IPlaitHost>> start)
    {
        if (!ConfigurationFile.TryLoad(arguments.File, out ConfigurationFile? file, out string? error))
        {
            return Refuse(new EnvErrorMessage(error));
        }

        if (file.Result.Problems is [var first, ..] problems)
        {
            // A line that was meant to keep traffic inside may be among them: nothing runs on half a configuration.
            string more = problems.Count > 1 ? $" ({problems.Count - 1} more: run 'plait check -f {file.Path}')" : "";
            return Refuse(new EnvErrorMessage($"{first}{more}"));
        }

        // Our own folder in it: tor's may well be good while a file stands in our way.
        if (StateProblem(StateDirectories.RootOf(stateLocation, file.Name)) is { } problem)
        {
            return Refuse(new EnvErrorMessage(problem));
        }

        EventLog? log = null;
        if (arguments.EventLog is { } path && !TryOpenEventLog(path, out log, out string? noLog))
        {
            return Refuse(new EnvErrorMessage(noLog));
        }

        await using EventLog? openedLog = log; // closed behind the host, whose end is in it
        var shutdown = new ShutdownTriggers(exitOnStdinClose);
        var settings = new HostSettings
        {
            Configuration = file.Result.Configuration,
            ConfigurationName = file.Name,
            Logger = _logger,
            Observer = ObserverOf(log, role),
            LauncherThread = MainThread.Lend,
        };
        _output.Begin();
        try
        {
            await using IPlaitHost host = await start(settings, shutdown.Now);
            await UntilToldAsync(host, shutdown);
        }
        catch (OperationCanceledException) when (shutdown.Now.IsCancellationRequested)
        {
            // Told to end while starting; what was started is stopped.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            // Our own files and ports; what is wrong with a chain's is said for that chain. Behind VERSION tor drops the
            // text of an ENV-ERROR (E6), so it is logged too; the line keeps tor from starting us every second (L17, L18).
            string text = SafeText.Of($"Plait cannot start: {SafeText.Own(e.Message)}").ToString();
            _output.Say(new LogMessage(LogSeverity.Error, text));
            return Refuse(new EnvErrorMessage(text));
        }

        return Success;
    }

    /// <summary>Apart, as <see cref="ObserverOf"/>: nothing of the event log is loaded unless it is asked for.</summary>
    private bool TryOpenEventLog(string path, [NotNullWhen(true)] out EventLog? log, [NotNullWhen(false)] out string? error)
    {
        try
        {
            (log, error) = (EventLog.Open(path, _logger), null);
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
            _output.Say(chain switch
            {
                ChainStart.Listening listening => listens(listening),
                ChainStart.Failed failed => fails(failed),
                _ => throw new InvalidOperationException("A start of a new kind."),
            });
        }

        SayVersion(host.Chains);
        _output.Say(done);
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

    private int Refuse(PtMessage message)
    {
        _output.Say(message);
        StandardStreams.WriteError($"plait: {message.Format()}");
        return Failure;
    }

    /// <summary>Why our folder in the state location cannot be used, or null.</summary>
    private static string? StateProblem(string folder)
    {
        try
        {
            StateDirectories.CreatePrivate(folder);
            string probe = Path.Combine(folder, $"plait-{Environment.ProcessId}.probe");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            string why = FileInTheWay(folder) is { } file
                ? $"{file} is a file, and a directory is needed there"
                : $"{folder} cannot be made or written: {e.Message}";
            return $"TOR_PT_STATE_LOCATION cannot be used: {why}";
        }
    }

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
