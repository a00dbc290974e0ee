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

/// <summary>How a run shows itself and where it keeps things.</summary>
/// <param name="State">The directory, or null for the usual one.</param>
/// <param name="EventLog">Where events are written, or null.</param>
/// <param name="ShowsQr">The far end draws its bridge lines as QR codes.</param>
internal sealed record TunnelRunOptions(string? State, string? EventLog, bool ShowsQr = false);

/// <summary>Runs tunnels until they are told to end.</summary>
internal sealed class TunnelRun : IAsyncDisposable
{
    private readonly TunnelSetup _setup;
    private readonly TunnelRunOptions _options;
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

    private TunnelRun(TunnelSetup setup, TunnelRunOptions options)
    {
        (_setup, _options) = (setup, options);
        _watch = new(setup.Tunnels.Select(tunnel => tunnel.Name));
        _logger = new(TunnelLogger.IsJournal(_environment), _table.TryShow);
        _manager = ServiceManager.Of(_environment, TimeProvider.System);
    }

    private bool UsesStandardStreams => _setup.Tunnels.Any(tunnel => tunnel.Definition.Place is WrittenPlace.Standard);

    /// <summary>Runs them.</summary>
    /// <param name="setup">What is to run.</param>
    /// <param name="options">How.</param>
    /// <param name="hungUp">Fires when the terminal has gone.</param>
    /// <returns>The exit code.</returns>
    internal static async Task<ExitCode> RunAsync(TunnelSetup setup, TunnelRunOptions options, CancellationToken hungUp)
    {
        using var signals = new TunnelSignals();
        using var now = CancellationTokenSource.CreateLinkedTokenSource(signals.Now, hungUp);
        var run = new TunnelRun(setup, options);
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
            await table.DisposeAsync();
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
                $"another Plait uses the state in {_state!.Location}; end it, or name another directory with --state DIR");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TunnelException(ExitCode.InputOutput,
                $"the state directory cannot be used: {e.Message}; correct its rights or make room, or name another with --state DIR");
        }

        sockets.ThrowIfLeft();
        Announce();
        _manager.Ready(StatusLine());
    }

    private async Task StartNearAsync(ActivatedSockets sockets, CancellationToken cancellationToken)
    {
        _state = TunnelState.Scratch(_options.State, _environment);

        // Tunnels with the same way out share the processes of their programs.
        foreach (var way in _setup.Tunnels.Select(tunnel => (TunnelDefinition.Near)tunnel.Definition)
            .GroupBy(near => (near.Proxy, near.BindV4, near.BindV6)))
        {
            var entrances = way.ToDictionary(
                near => near.Name,
                near => new TunnelEntrance(PlaceOf(near.Place, sockets), near.Target, near.Arguments, near.Service, near.AsksApplication));
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
        _state = TunnelState.Kept(_options.State, _environment);
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
                BindAddresses = tunnels.ToDictionary(far => far.Name, far => far.Place is WrittenPlace.Tcp tcp ? tcp.Address
                    : new IPEndPoint(IPAddress.Any, 0)),
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
        far.Place is WrittenPlace.Activated activated ? new ListenPlace.Inherited(sockets.Take(activated.Name)) : null);

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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TunnelException(ExitCode.InputOutput,
                $"{tunnel}: the table of clients cannot be written to {file}: {e.Message}; name another file with --client-table FILE");
        }
    }

    private static ServiceAddress AddressOf(WrittenService service) =>
        service.Path is { } path ? new ServiceAddress.Unix(path) : new ServiceAddress.Tcp(service.Address!);

    /// <summary>A tunnel that does not stand, or not yet, ends them all: a person or a service manager is there to mend it.</summary>
    private static void ThrowIfFailed(IPlaitHost host)
    {
        ChainFailure? failure = host.Chains.Select(chain => chain switch
        {
            ChainStart.Failed failed => failed.Failure,
            ChainStart.Listening { Refusing: { } refusing } => refusing,
            _ => null,
        }).FirstOrDefault(found => found is not null);
        if (failure is not null)
        {
            throw new TunnelException((ExitCode)FailureWords.ExitCodeOf(failure.Cause), failure.ToString());
        }
    }

    private void Announce()
    {
        if (UsesStandardStreams)
        {
            return; // stdout is the application's
        }

        foreach ((PlannedTunnel tunnel, ChainStart.Listening chain) in _setup.Tunnels.Select(tunnel => (tunnel, ListeningOf(tunnel.Name))))
        {
            if (tunnel.Definition is TunnelDefinition.Far far)
            {
                AnnounceFar(tunnel, far, chain);
            }
            else
            {
                string place = tunnel.Definition.Place switch
                {
                    WrittenPlace.Tcp => AddressText.Format(chain.EndPoint),
                    WrittenPlace.Unix unix => $"unix:{unix.Path}",
                    _ => "the socket of the service manager",
                };
                Console.Out.WriteLine($"{tunnel.Name}: {tunnel.Chain} listens at {place}");
            }
        }
    }

    private void AnnounceFar(PlannedTunnel tunnel, TunnelDefinition.Far far, ChainStart.Listening chain)
    {
        IPEndPoint? address = far.PublicAddress ?? PublicAddress.Of(chain.EndPoint);
        if (address is null)
        {
            throw new TunnelException(ExitCode.Configuration,
                $"{tunnel.Name}: this machine has no address for the bridge line; give the public one with --address ADDR:PORT");
        }

        if (far.PublicAddress is null && PublicAddress.IsPrivate(address.Address))
        {
            _logger.Write(LogLevel.Warning,
                $"{tunnel.Name}: the address in the bridge line is one of a private network; for clients elsewhere, give the public one with --address ADDR:PORT");
        }

        BridgeLine line = FinishedBridgeLine.Of(FinishedBridgeLine.NameOf(_setup.Configuration, tunnel.Hops), chain, address);
        string text;
        try
        {
            text = line.Format();
        }
        catch (InvalidOperationException)
        {
            throw new TunnelException(ExitCode.Configuration,
                $"{tunnel.Name}: an argument of its transports holds a blank, which no bridge line can carry; use a Profile in the plaitrc of the clients");
        }

        string file = far.BridgeFile ?? Path.Combine(_state!.Location, tunnel.Name + StateDirectories.BridgeLineSuffix);
        if (FileStatus.Of(file, follow: false) is { IsRegular: false })
        {
            throw new TunnelException(ExitCode.InputOutput,
                $"{tunnel.Name}: the bridge line is not written to {file}: it is no regular file; give --bridge-file another name");
        }

        try
        {
            StateFile.Replace(file, [text]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TunnelException(ExitCode.InputOutput, $"{tunnel.Name}: the bridge line cannot be written to {file}: {e.Message}");
        }

        Console.Out.WriteLine(text);
        if (_options.ShowsQr)
        {
            Console.Out.Write(QrText.Draw(text["Bridge ".Length..], !Console.IsOutputRedirected));
        }
    }

    private ChainStart.Listening ListeningOf(string name) =>
        _hosts.SelectMany(host => host.Chains).OfType<ChainStart.Listening>().First(chain => chain.Alias == name);

    private async Task<ExitCode> UntilToldAsync(Task drain, CancellationToken now)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(now);
        Task showing = !UsesStandardStreams && !Console.IsOutputRedirected
            ? _table.ShowAsync(AnsiConsole.Console, _setup, _watch, TimeProvider.System, over.Token)
            : Task.CompletedTask;
        Task reporting = ReportAsync(over.Token);
        Task pumping = Task.WhenAll(_pumped.Select(pumped => StandardPump.RunAsync(pumped, _watch.Outcome, now)));
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
                await Task.WhenAll(_tables.Select(table => table.CloseAsync())); // first: a successor may start as soon as the state is free
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
