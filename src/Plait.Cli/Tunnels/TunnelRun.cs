using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Plait.Chains.Client;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Hosting;
using Plait.Native;
using Plait.Processes;
using Plait.Storage;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;
using Plait.Wire.Torrc;
using Spectre.Console;

namespace Plait.Cli.Tunnels;

/// <summary>Where a run keeps things.</summary>
/// <param name="State">The directory, or null for the usual one.</param>
/// <param name="EventLog">Where events are written, or null.</param>
internal sealed record TunnelRunOptions(string? State, string? EventLog);

/// <summary>Runs tunnels until they are told to end.</summary>
internal sealed class TunnelRun : IAsyncDisposable
{
    // At the end, for a disk.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly TunnelSetup _setup;
    private readonly TunnelRunOptions _options;
    private readonly TunnelFace _face;
    private readonly Dictionary<string, string> _environment = OwnEnvironment.Read();
    private readonly TunnelWatch _watch;
    private readonly TunnelTable _table = new();
    private readonly TunnelLogger _logger;
    private readonly List<IPlaitHost> _hosts = [];
    private readonly List<SocketConnection> _pumped = [];
    private readonly List<ClientTable> _tables = [];
    private readonly ServiceManager _manager;
    private TunnelState? _state;
    private EventLog? _events;

    private TunnelRun(TunnelSetup setup, TunnelRunOptions options, TunnelFace face)
    {
        (_setup, _options, _face) = (setup, options, face);
        _watch = new(setup.Tunnels.Select(tunnel => tunnel.Name));
        _logger = new(TunnelLogger.IsJournal(_environment), _table.TryShow);
        _manager = ServiceManager.Of(face.IsService ? _environment : [], TimeProvider.System);
    }

    private bool UsesStandardStreams => _setup.Tunnels.Any(tunnel => tunnel.Definition.Place is WrittenPlace.Standard);

    /// <summary>Runs them.</summary>
    /// <param name="setup">What is to run.</param>
    /// <param name="options">Where it keeps things.</param>
    /// <param name="face">How it shows itself.</param>
    /// <param name="left">Fires when the terminal, or the program that needs the tunnel, has gone.</param>
    /// <returns>The exit code.</returns>
    internal static async Task<ExitCode> RunAsync(TunnelSetup setup, TunnelRunOptions options, TunnelFace face, CancellationToken left)
    {
        using var signals = new TunnelSignals();
        using var now = CancellationTokenSource.CreateLinkedTokenSource(signals.Now, left);
        var run = new TunnelRun(setup, options, face);
        await using (run)
        {
            try
            {
                await run.StartAsync(now.Token);
                return await run.UntilToldAsync(signals.Drain, now.Token);
            }
            catch (OperationCanceledException) when (now.IsCancellationRequested)
            {
                return ExitCode.Success; // told to end while starting; what was started is stopped
            }
            finally
            {
                run._manager.Stopping();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_hosts.Select(host => host.DisposeAsync().AsTask()));
        foreach (SocketConnection pumped in _pumped)
        {
            await pumped.DisposeAsync();
        }

        foreach (ClientTable table in _tables)
        {
            try
            {
                await table.DisposeAsync().AsTask().WaitAsync(s_patience);
            }
            catch (TimeoutException)
            {
                // Its disk does not answer. A successor reads the lines that are there.
            }
        }

        if (_events is not null)
        {
            await _events.DisposeAsync();
        }

        await _manager.DisposeAsync();
        _state?.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.EventLog is { } path)
        {
            try
            {
                _events = EventLog.Open(path);
            }
            catch (IOException e)
            {
                throw new TunnelException(ExitCode.InputOutput, e.Message);
            }
        }

        ActivatedSockets sockets = ActivatedSockets.Read(_environment);
        try
        {
            await (_setup.Role == PtRole.Client ? StartNearAsync(sockets, cancellationToken) : StartFarAsync(sockets, cancellationToken));
        }
        catch (StateInUseException)
        {
            throw new TunnelException(ExitCode.TryAgain,
                $"another Plait uses the state in {_state!.Location}; end it, or name another directory with {_setup.Words.State}");
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            throw new TunnelException(ExitCode.InputOutput,
                $"the state directory cannot be used: {e.Message}; correct its rights or make room, or name another with {_setup.Words.State}");
        }

        sockets.ThrowIfLeft();
        Announce();
        _manager.Ready(StatusLine());
    }

    private async Task StartNearAsync(ActivatedSockets sockets, CancellationToken cancellationToken)
    {
        _state = TunnelState.Scratch(_options.State, _setup.Words, _environment);

        // Tunnels with the same way out share the processes of their programs.
        foreach (var way in _setup.Tunnels.Select(tunnel => (TunnelDefinition.Near)tunnel.Definition)
            .GroupBy(near => (near.Proxy, near.BindV4, near.BindV6)))
        {
            var entrances = way.ToDictionary(
                near => near.Name,
                near => new TunnelEntrance(PlaceOf(near.Place, sockets), near.Targets, near.Arguments, near.Service, near.AsksApplication)
                {
                    PlaceWords = _face.PlaceWords,
                });
            string part = _hosts.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{_hosts.Count + 1}");
            _hosts.Add(await ClientHost.StartAsync(
                Settings(part) with { Entrances = entrances },
                new()
                {
                    Transports = [.. entrances.Keys],
                    StateLocation = _state.Location,
                    Proxy = way.Key.Proxy,
                    OutboundBindAddressV4 = way.Key.BindV4,
                    OutboundBindAddressV6 = way.Key.BindV6,
                },
                cancellationToken));
            ThrowIfFailed(_hosts[^1]);
        }
    }

    private async Task StartFarAsync(ActivatedSockets sockets, CancellationToken cancellationToken)
    {
        _state = TunnelState.Kept(_options.State, _setup.Words, _environment);
        TunnelDefinition.Far[] tunnels = [.. _setup.Tunnels.Select(tunnel => (TunnelDefinition.Far)tunnel.Definition)];
        var services = new Dictionary<string, TunnelService>();
        foreach (TunnelDefinition.Far far in tunnels)
        {
            services.Add(far.Name, await ServiceOfAsync(far, sockets, cancellationToken));
        }

        _hosts.Add(await ServerHost.StartAsync(
            Settings("") with { Services = services },
            new()
            {
                Transports = [.. tunnels.Select(far => far.Name)],
                StateLocation = _state.Location,
                BindAddresses = tunnels.ToDictionary(far => far.Name, far => far.Place switch
                {
                    WrittenPlace.Tcp tcp => tcp.Address,
                    WrittenPlace.Several several => several.Addresses[0],
                    _ => new IPEndPoint(IPAddress.Any, 0),
                }),
                Options = tunnels.Where(far => far.Options.Count > 0).ToDictionary(far => far.Name, far => far.Options),
            },
            cancellationToken));
        ThrowIfFailed(_hosts[0]);
    }

    private HostSettings Settings(string part) => new()
    {
        Configuration = _setup.Configuration,
        ConfigurationName = (_setup.File?.Name ?? _setup.Tunnels[0].Name) + part,
        ConfigurationPath = _setup.File?.FullPath,
        Logger = _logger,
        Observer = _events is null ? _watch : new PlaitObservers(_watch, _events.Of(_setup.Role)),
        Pollers = ProgramPollers.All,
    };

    private ListenPlace PlaceOf(WrittenPlace place, ActivatedSockets sockets)
    {
        switch (place)
        {
            case WrittenPlace.Tcp tcp:
                return new ListenPlace.Tcp(tcp.Address);
            case WrittenPlace.Unix unix:
                return new ListenPlace.Unix(unix.Path);
            case WrittenPlace.Activated activated:
                return new ListenPlace.Inherited(sockets.Take(activated.Name));
            default:
                (SocketConnection front, SocketConnection pumped) = UnixSockets.Pair(ProgramPollers.All);
                _pumped.Add(pumped);
                return new ListenPlace.Given(front);
        }
    }

    private async Task<TunnelService> ServiceOfAsync(TunnelDefinition.Far far, ActivatedSockets sockets, CancellationToken cancellationToken) => new(
        far.Services is [{ Name: null } only] ? AddressOf(only) : null,
        far.Services.Where(service => service.Name is not null).ToDictionary(service => service.Name!, AddressOf, StringComparer.OrdinalIgnoreCase),
        far.Header,
        far.ClientTable is { } file ? await OpenTableAsync(far.Name, file, cancellationToken) : null,
        far.Place switch
        {
            WrittenPlace.Activated activated => [new ListenPlace.Inherited(sockets.Take(activated.Name))],
            WrittenPlace.Several several => [.. several.Addresses.Select(address => new ListenPlace.Tcp(address))],
            _ => [],
        });

    private async Task<ClientTable> OpenTableAsync(string tunnel, string file, CancellationToken cancellationToken)
    {
        try
        {
            ClientTable table = await ClientTable.OpenAsync(
                file, _setup.Configuration.Limits.SuccessionTimeout, TimeProvider.System,
                text => _logger.Write(LogLevel.Warning, $"{tunnel}: {text}"), cancellationToken);
            _tables.Add(table);
            return table;
        }
        catch (ClientTableInUseException)
        {
            throw new TunnelException(ExitCode.TryAgain,
                $"{tunnel}: another far end writes the table of clients {file}; end it, or name another file with --client-table FILE");
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            throw new TunnelException(ExitCode.InputOutput,
                $"{tunnel}: the table of clients cannot be written to {file}: {e.Message}; name another file with --client-table FILE");
        }
    }

    private static ServiceAddress AddressOf(WrittenService service) =>
        service.Path is { } path ? new ServiceAddress.Unix(path) : new ServiceAddress.Tcp(service.Address!);

    /// <summary>A tunnel that does not stand, or not yet, ends them all: a person or a service manager is there to mend it.</summary>
    private void ThrowIfFailed(IPlaitHost host)
    {
        ChainFailure? failure = host.Chains.Select(chain => chain switch
        {
            ChainStart.Failed failed => failed.Failure,
            ChainStart.Listening { Refusing: { } refusing } => refusing,
            _ => null,
        }).FirstOrDefault(found => found is not null);
        if (failure is not null)
        {
            throw new TunnelException((ExitCode)FailureWords.ExitCodeOf(failure.Cause), _face.TextOf(failure));
        }
    }

    private void Announce()
    {
        if (UsesStandardStreams)
        {
            return; // stdout is the application's
        }

        foreach (PlannedTunnel tunnel in _setup.Tunnels)
        {
            ChainStart.Listening chain = ListeningOf(tunnel.Name);
            if (tunnel.Definition is TunnelDefinition.Far far)
            {
                _face.ShowFar(_setup, tunnel, far, chain, _state!.Location, _logger);
            }
            else
            {
                _face.ShowNear(tunnel, chain, _logger);
            }
        }
    }

    private ChainStart.Listening ListeningOf(string name) =>
        _hosts.SelectMany(host => host.Chains).OfType<ChainStart.Listening>().First(chain => chain.Alias == name);

    private async Task<ExitCode> UntilToldAsync(Task drain, CancellationToken now)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(now);
        Task showing = _face.IsService && !UsesStandardStreams && !Console.IsOutputRedirected
            ? _table.ShowAsync(AnsiConsole.Console, _setup, _watch, TimeProvider.System, over.Token)
            : Task.CompletedTask;
        Task reporting = ReportAsync(over.Token);
        Task pumping = Task.WhenAll(_pumped.Select(pumped => StandardPump.RunAsync(pumped, now)));
        try
        {
            if (UsesStandardStreams)
            {
                _hosts.ForEach(host => host.StopAccepting()); // there is one connection, and no other comes
                await pumping.WaitAsync(now);
            }
            else
            {
                await drain.WaitAsync(now);
                await Task.WhenAll(_tables.Select(table => table.CloseAsync())).WaitAsync(now); // first: a successor may start as soon as the state is free
                _hosts.ForEach(host => host.StopAccepting());
            }

            await Task.WhenAll(_hosts.Select(host => host.WhenIdleAsync())).WaitAsync(now);
        }
        catch (OperationCanceledException)
        {
            // Now.
        }

        await over.CancelAsync();
        await showing;
        await reporting;
        return UsesStandardStreams && _watch.Failure is { } failure && _watch.Figures().Sum(tunnel => tunnel.Opened) == 0
            ? (ExitCode)FailureWords.ExitCodeOf(failure.Cause)
            : ExitCode.Success;
    }

    /// <summary>Renews the line for <c>systemctl status</c>.</summary>
    private async Task ReportAsync(CancellationToken over)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                _manager.Status(StatusLine());
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    private string StatusLine()
    {
        IReadOnlyList<TunnelFigures> figures = _watch.Figures();
        int open = figures.Sum(tunnel => tunnel.Open);
        return string.Create(CultureInfo.InvariantCulture,
            $"{figures.Count} {(figures.Count == 1 ? "tunnel" : "tunnels")}, {open} {(open == 1 ? "connection" : "connections")} open, {figures.Sum(tunnel => tunnel.Failed)} failed");
    }
}
