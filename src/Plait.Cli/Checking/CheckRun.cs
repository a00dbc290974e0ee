using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Hops;
using Plait.Hosting;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;

namespace Plait.Cli.Checking;

/// <summary>What <c>plait check</c> is asked for.</summary>
/// <param name="File">The plaitrc, or null for the usual places.</param>
/// <param name="Chains">Names to resolve as tor would ask for them.</param>
/// <param name="Bridges">Bridge lines, each with its place.</param>
/// <param name="Torrc">A torrc, or null.</param>
/// <param name="Start">Whether programs are started.</param>
internal sealed record CheckRequest(
    string? File, IReadOnlyList<string> Chains, IReadOnlyList<WrittenBridge> Bridges, string? Torrc, bool Start);

/// <summary>A file that has to be read cannot be; the message says why.</summary>
internal sealed class NoInputException(string message) : Exception(message);

/// <summary>One run of <c>plait check</c>.</summary>
internal sealed class CheckRun
{
    private readonly CheckRequest _request;
    private readonly List<Finding> _findings = [];
    private readonly List<(ConfigurationFile File, IReadOnlyList<RoleChain> Chains)> _plaitrcs = [];
    private TorrcCheck? _torrc;

    private CheckRun(CheckRequest request) => _request = request;

    /// <summary>Checks everything that is asked for.</summary>
    /// <exception cref="NoInputException">There is no plaitrc or no torrc, or it cannot be read.</exception>
    internal static Task<CheckReport> RunAsync(CheckRequest request, CancellationToken cancellationToken) => new CheckRun(request).RunAsync(cancellationToken);

    private async Task<CheckReport> RunAsync(CancellationToken cancellationToken)
    {
        if (_request.Torrc is { } path)
        {
            IReadOnlyList<TorrcOption> options = TorrcFile.Read(path, _findings, out string? error);
            _torrc = error is null ? TorrcCheck.Run(options, _findings) : throw new NoInputException(error);
        }

        ReadPlaitrcs();
        IReadOnlyList<BridgeReport> bridges = ReviewBridges();
        var reports = new List<PlaitrcReport>();
        foreach ((ConfigurationFile file, IReadOnlyList<RoleChain> chains) in _plaitrcs)
        {
            reports.Add(new(file.Path, chains, Shown(chains), _request.Start ? await TryAsync(file, cancellationToken) : []));
        }

        TorrcReport? torrc = _torrc is null ? null : new(_request.Torrc!, [.. _torrc.Steps.OrderBy(step => step.At.File).ThenBy(step => step.At.Line)]);
        return new(reports, torrc, bridges, InOrder());
    }

    private IReadOnlyList<RoleChain> Shown(IReadOnlyList<RoleChain> chains) =>
        _torrc is not null ? [.. chains.Where(chain => _torrc.Ours.Any(plugin => plugin.Role == chain.Role && plugin.Names.Contains(chain.Chain.Alias)))]
        : _request.Bridges.Count > 0 ? [.. chains.Where(chain => _request.Chains.Contains(chain.Chain.Alias))]
        : chains;

    /// <summary>In the order of the files, and in each of its lines.</summary>
    private IReadOnlyList<Finding> InOrder()
    {
        List<string> files = [.. _findings.Select(finding => finding.At?.File ?? "").Distinct()];
        return [.. _findings.Distinct().OrderBy(finding => files.IndexOf(finding.At?.File ?? "")).ThenBy(finding => finding.At?.Line ?? 0)];
    }

    /// <summary>The one that is named; else those that the torrc's lines name; else the first of the usual places.</summary>
    private void ReadPlaitrcs()
    {
        if (_torrc is null || _request.File is not null)
        {
            ConfigurationFile file = Load(_request.File, out string? error) ?? throw new NoInputException(error!);
            _plaitrcs.Add((file, PlaitrcCheck.Run(file, _request.Chains, _findings)));
        }
        else
        {
            foreach (IGrouping<string?, TorrcPlugin> plugins in _torrc.Ours.Where(plugin => plugin.IsSound).GroupBy(plugin => plugin.File))
            {
                if (Load(plugins.Key, out string? error) is { } file)
                {
                    _plaitrcs.Add((file, PlaitrcCheck.Run(file, _request.Chains, _findings)));
                }
                else
                {
                    _findings.Add(Finding.Problem(plugins.First().At, error!, ""));
                }
            }
        }

        foreach (TorrcPlugin plugin in _torrc?.Ours ?? [])
        {
            ResolveNames(plugin);
        }

        foreach ((ConfigurationFile file, IReadOnlyList<RoleChain> chains) in _plaitrcs)
        {
            _findings.AddRange(PlaitrcCheck.Unplannable(file.Result.Configuration, chains, _torrc));
        }

        _findings.AddRange((_torrc?.Ours ?? []).Where(plugin => plugin.Role == PtRole.Client).SelectMany(GoingAround));
    }

    private static ConfigurationFile? Load(string? path, out string? error) =>
        ConfigurationFile.TryLoad(path, out ConfigurationFile? file, out error) ? file : null;

    /// <summary>The chains that tor asks for are listed too; one that is none is a problem of the line that asks for it.</summary>
    private void ResolveNames(TorrcPlugin plugin)
    {
        int index = IndexOf(plugin);
        if (index < 0)
        {
            return;
        }

        (ConfigurationFile file, IReadOnlyList<RoleChain> chains) = _plaitrcs[index];
        foreach (string name in plugin.Names)
        {
            switch (ChainResolver.Resolve(file.Result.Configuration, plugin.Role, name))
            {
                case ChainResolution.Found found when !chains.Any(chain => chain.Role == plugin.Role && chain.Chain.Alias == name):
                    chains = [new(plugin.Role, found.Chain), .. chains];
                    break;
                case ChainResolution.Failed failed:
                    _findings.Add(Finding.Problem(plugin.At, failed.Why, failed.Instead));
                    break;
            }
        }

        _plaitrcs[index] = (file, chains);
    }

    /// <summary>Chains of a client whose wire hop does not meet what the torrc demands of outside connections.</summary>
    private IEnumerable<Finding> GoingAround(TorrcPlugin plugin) =>
        from name in plugin.Names
        let configuration = ConfigurationOf(plugin)
        where configuration is not null
        let refusal = ChainResolver.Resolve(configuration, PtRole.Client, name) is ChainResolution.Found found
            ? _torrc!.Outside.RefusalOf(found.Chain.Hops[^1])
            : null
        where refusal is not null
        select Finding.Problem(plugin.At, $"{name}: {refusal.Why}", Finding.Sentence(refusal.Advice.ToString()));

    /// <summary>The plaitrc that a line of the torrc is about; null if it could not be read.</summary>
    private PlaitConfiguration? ConfigurationOf(TorrcPlugin plugin) =>
        IndexOf(plugin) is >= 0 and var index ? _plaitrcs[index].File.Result.Configuration : null;

    private int IndexOf(TorrcPlugin plugin) =>
        _plaitrcs.FindIndex(plaitrc => _request.File is not null || plaitrc.File.Named == plugin.File);

    private IReadOnlyList<BridgeReport> ReviewBridges()
    {
        var check = new BridgeCheck(_findings);
        IEnumerable<BridgeReport?> ofTorrc =
            from bridge in _torrc?.Bridges ?? []
            let transport = bridge.Transport
            let configuration = transport is null ? null : ConfigurationOf(transport)
            // A chain that is not known has been reported of the line that declares it.
            let known = configuration is not null && ChainResolver.Resolve(configuration, PtRole.Client, transport) is ChainResolution.Found
            select check.Run(bridge, known ? configuration : null);
        IEnumerable<BridgeReport?> named =
            from bridge in _request.Bridges
            select check.Run(
                bridge,
                (bridge.Transport is { } transport ? ConfigurationOf(transport) : null) ?? _plaitrcs.FirstOrDefault().File?.Result.Configuration);
        BridgeReport[] reports = [.. ofTorrc.Concat(named).OfType<BridgeReport>()];
        check.Finish();
        return reports;
    }

    /// <summary>The plaitrc by which a client of the torrc reaches bridges through a transport; null if there is none.</summary>
    private PlaitConfiguration? ConfigurationOf(string transport) =>
        _torrc?.ClientPluginOf(transport) is { IsOurs: true } plugin ? ConfigurationOf(plugin) : null;

    private async Task<IReadOnlyList<PluginTrial>> TryAsync(ConfigurationFile file, CancellationToken cancellationToken)
    {
        IReadOnlyList<PluginTrial> trials;
        try
        {
            string[] asked = [.. (_torrc?.Ours ?? []).Where(plugin => plugin.Role == PtRole.Server).SelectMany(plugin => plugin.Names)];
            trials = await PluginTrials.RunAsync(
                file.Result.Configuration, asked, _torrc?.ServerOptions ?? new Dictionary<string, PtArguments>(), OwnProgram.Path, cancellationToken);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            throw new NoInputException($"there is no place for a scratch directory, which --start needs: {e.Message}");
        }

        foreach (PluginTrial trial in trials)
        {
            string side = trial.Role == PtRole.Client ? "client" : "bridge";
            _findings.AddRange(
                from down in trial.Refused.Values.Prepend(trial.Down)
                where down is not null
                select Finding.Problem(trial.At, $"{side}: {down.Text}", Finding.Sentence(down.Advice?.ToString() ?? FailureWords.Of(down.Stage, down.Cause).Hint)));
        }

        return trials;
    }
}
