using Plait.Configuration;
using Plait.Diagnostics;
using Plait.Processes;
using Plait.Wire.Pt;

namespace Plait.Chains.Client;

/// <summary>
/// One plugin line on the client: normally one process, whatever number of transports, chains and positions it serves.
/// An indirect transport has a process to itself, apart for each position before the wire: its dials do not say for whom
/// they are. Starting the program finds out which joint it can be part of.
/// </summary>
/// <remarks>
/// First it is started behind a proxy joint. A program that answers PROXY DONE stays there: at the wire, too, its outside
/// connection is then made by us. Any other is started anew behind shims; then only its wire position gets tor's
/// upstream proxy and bind addresses (C20), which takes a second process if it has inner positions as well. A program
/// that has to use the upstream proxy and does not is not used at the wire (G3, C21).
/// </remarks>
internal sealed class ClientProgram : IAsyncDisposable
{
    private readonly PluginLine _line;
    private readonly ClientJointChoice _choice;
    private readonly IReadOnlyList<ClientPosition> _positions;
    private readonly bool _indirect;
    private readonly OutsideSettings _outside;
    private readonly Runtime _runtime;
    private long _startedAt;
    private TransportProcess? _inner;
    private TransportProcess? _wire;

    internal ClientProgram(
        PluginLine line, bool indirect, ClientJointChoice choice, IReadOnlyList<ClientPosition> positions, OutsideSettings outside, Runtime runtime)
    {
        _line = line;
        _indirect = indirect;
        _choice = choice;
        _positions = positions;
        _outside = outside;
        _runtime = runtime;
        Name = SafeText.Name(Path.GetFileName(line.Program));
        Habits = new(Name, runtime.Observer, runtime.Logger);
    }

    /// <summary>How messages call it.</summary>
    internal SafeText Name { get; }

    /// <summary>The proxy joint its process stands behind, or null if it is joined by shims.</summary>
    internal ProxyJoint? Joint { get; private set; }

    /// <summary>What its transports' grants turned out to be worth.</summary>
    internal GrantHabits Habits { get; }

    /// <summary>Its processes, each once.</summary>
    internal IEnumerable<TransportProcess> Processes => new[] { _inner, _wire }.OfType<TransportProcess>().Distinct();

    /// <summary>Whether both kinds of position, with settings that differ, need a process of their own once shims join it.</summary>
    internal static bool NeedsTwo(IReadOnlyList<ClientPosition> positions, OutsideSettings outside) =>
        outside.Any && positions.Any(position => position.Wire) && positions.Any(position => !position.Wire);

    /// <summary>The process that serves a position.</summary>
    internal TransportProcess ProcessFor(bool wire) => (wire ? _wire : _inner) ?? throw new InvalidOperationException("The program was not started.");

    /// <summary>Starts it. What failed is then in the processes' <see cref="TransportProcess.Down"/>.</summary>
    /// <param name="directories">State directories: the first for the one process, or for the inner positions and then the wire.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    internal async Task StartAsync(IReadOnlyList<string> directories, CancellationToken cancellationToken)
    {
        _startedAt = _runtime.Time.GetTimestamp();
        if (_choice != ClientJointChoice.Shim && await StartBehindProxyAsync(directories[0], cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        if (NeedsTwo(_positions, _outside))
        {
            _inner = Process(directories[0], _positions.Where(position => !position.Wire), outside: OutsideSettings.None);
            _wire = Process(directories[^1], _positions.Where(position => position.Wire), _outside);
        }
        else
        {
            OutsideSettings settings = _positions.Any(position => position.Wire) ? _outside : OutsideSettings.None;
            _inner = _wire = Process(directories[0], _positions, settings);
        }

        await Task.WhenAll(Processes.Select(process => process.StartAsync(cancellationToken))).ConfigureAwait(false);
        _startedAt = 0; // later starts have the whole time
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Processes.Select(process => process.DisposeAsync().AsTask())).ConfigureAwait(false);
        if (Joint is not null)
        {
            await Joint.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>True if this is how the program runs now, or how it failed for good.</summary>
    private async Task<bool> StartBehindProxyAsync(string directory, CancellationToken cancellationToken)
    {
        var joint = new ProxyJoint(Name, _indirect, _runtime.JointBudget, _runtime.Limits, _runtime.Logger);
        TransportProcess process = Process(directory, _positions, OutsideSettings.None with { Proxy = joint.Proxy });
        await process.StartAsync(cancellationToken).ConfigureAwait(false);

        // Programs on goptlib end without a word where others say PROXY-ERROR (E23b). Any other failure is one of its own.
        bool takesNoProxy = process.Down is { Cause: FailureCause.ProxyRefused or FailureCause.Exited };
        if (!takesNoProxy || _choice == ClientJointChoice.Proxy)
        {
            (Joint, _inner, _wire) = (joint, process, process);
            return true;
        }

        ProcessLog.TakesNoProxy(_runtime.Logger, Name, process.Down!.Text);
        await process.DisposeAsync().ConfigureAwait(false);
        await joint.DisposeAsync().ConfigureAwait(false);
        return false;
    }

    private TransportProcess Process(string directory, IEnumerable<ClientPosition> positions, OutsideSettings outside)
    {
        Position[] served = [.. positions.Select(position => position.Position)];
        string[] transports = [.. served.Select(position => position.Transport).Distinct()];
        return new(Name, cancellationToken => LaunchAsync(directory, transports, outside, cancellationToken),
            _runtime.Limits, _runtime.Time, _runtime.Logger, new(_runtime.Observer, new(Name.ToString(), served)));
    }

    private async Task<LaunchedTransports> LaunchAsync(
        string directory, string[] transports, OutsideSettings outside, CancellationToken cancellationToken)
    {
        ProgramFile file = ProgramFile.Find(_line.Program);
        if (file.Path is null)
        {
            throw new LaunchException(ChainStage.Launch, FailureCause.ProgramMissing, SafeText.Own(file.Problem!));
        }

        _runtime.Scrubber.Learn(outside.Proxy);
        Dictionary<string, string> environment = ChildEnvironment.ForClient(_runtime.Environment, new()
        {
            Transports = transports,
            StateLocation = directory,
            ExitOnStdinClose = true,
            Proxy = outside.Proxy,
            OutboundBindAddressV4 = outside.BindV4,
            OutboundBindAddressV6 = outside.BindV6,
        });
        LaunchedTransports launched = await _runtime.Launcher.LaunchAsync(
            new(Name, PtRole.Client, transports, new(file.Path, _line.Arguments, environment)), TimeLeft(), cancellationToken).ConfigureAwait(false);
        if (outside.Proxy is not null && !launched.ProxyAccepted) // M17
        {
            await launched.Process.DisposeAsync().ConfigureAwait(false);
            throw new LaunchException(ChainStage.Negotiation, FailureCause.ProxyRefused, $"{Name} takes no notice of TOR_PT_PROXY");
        }

        return launched;
    }

    /// <summary>The first start may take two attempts, with a proxy and without; together they have one limit (M31).</summary>
    private TimeSpan TimeLeft()
    {
        TimeSpan limit = _runtime.Limits.StartTimeout;
        TimeSpan left = _startedAt == 0 ? limit : limit - _runtime.Time.GetElapsedTime(_startedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
    }
}
