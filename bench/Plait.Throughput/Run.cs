using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Plait.Throughput.Contenders;
using Plait.Throughput.Report;
using Plait.Throughput.Sections;

namespace Plait.Throughput;

/// <summary>One run: every section, one after the other, then the tables, the JSON and the page.</summary>
internal sealed class Run
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Scale _scale;
    private readonly string _folder;
    private readonly string? _haproxy = Programs.Find("haproxy");
    private readonly string? _socat = Programs.Find("socat");
    private readonly string? _obfs4proxy = Programs.Find("obfs4proxy");
    private readonly List<string> _leftOut = [];
    private readonly long _started = Stopwatch.GetTimestamp();

    private readonly RunOptions _options;
    private readonly IReadOnlyList<Form> _forms;
    private Joiner? _joiner;

    private Run(RunOptions options, string folder) =>
        (_options, _folder, _scale, _forms) =
        (options, folder, options.Quick ? Scale.Quick : Scale.Whole, Form.All(options.Beside));

    /// <summary>The words for a part of a run.</summary>
    internal static IReadOnlyList<string> Sections { get; } =
        ["relays", "chains", "openings", "b64", "inside", "idle", "start", "resident"];

    /// <summary>Measures everything, or the sections named.</summary>
    /// <returns>The exit code: 0 when all of it could be measured, whatever it found.</returns>
    internal static async Task<int> AllAsync(RunOptions options)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("plait-bench-");
        try
        {
            Figures figures = await new Run(options, folder.FullName).MeasureAsync();
            Terminal.Print(figures);
            await WriteAsync(figures, page: options.Sections.Count == 0);
            return 0;
        }
        catch (Exception e) when (e is IOException or TimeoutException or System.Net.Sockets.SocketException)
        {
            await Console.Error.WriteLineAsync($"bench/run: {e.Message}");
            return 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<Figures> MeasureAsync()
    {
        Machine machine = await MachineReader.ReadAsync(_forms, _haproxy, _socat, _obfs4proxy);
        if (_obfs4proxy is null)
        {
            _leftOut.Add("chains of real transports, openings, idle connections, start and resident memory: "
                + "obfs4proxy is not installed");
        }

        if (Wanted("relays") || Wanted("chains") || Wanted("openings") || Wanted("inside"))
        {
            _joiner = await Joiner.CompileAsync(_folder);
            if (_joiner is null)
            {
                _leftOut.Add("the relay by hand, chains and openings: no C compiler (cc) is installed, "
                    + "which the joiner written by hand needs; apt-get install gcc libc6-dev");
            }
        }

        IReadOnlyList<ThroughputRow> relays = await RelaysAsync();
        (IReadOnlyList<ThroughputRow> chains, IReadOnlyList<OpeningRow> openings) = await ChainsAsync();
        return new(
            DateTimeOffset.UtcNow,
            await RevisionAsync(),
            _options.Quick,
            machine,
            relays,
            chains,
            await InProcessAsync(),
            await InsideAsync(),
            openings,
            await IdleAsync(),
            await StartAsync(),
            await ResidentAsync(),
            Wanted("resident") ? ResidentSection.Sizes(_forms) : [],
            _leftOut);
    }

    private bool Wanted(string section) => _options.Sections.Count == 0 || _options.Sections.Contains(section);

    private async Task<IReadOnlyList<ThroughputRow>> RelaysAsync()
    {
        if (!Wanted("relays"))
        {
            return [];
        }

        List<Contender> relays = [new Loopback { Sink = Load.Sink.Plain() }];
        try
        {
            relays.Add(await RelayProcess.StartOursAsync());
            if (_joiner is not null)
            {
                relays.Add(await RelayProcess.StartByHandAsync(_joiner));
            }

            if (_haproxy is not null)
            {
                relays.Add(await RelayProcess.StartHaproxyAsync(_haproxy, splice: true));
                relays.Add(await RelayProcess.StartHaproxyAsync(_haproxy, splice: false));
            }
            else
            {
                _leftOut.Add("HAProxy: haproxy is not installed");
            }

            if (_socat is not null)
            {
                relays.Add(await RelayProcess.StartSocatAsync(_socat));
            }
            else
            {
                _leftOut.Add("socat: socat is not installed");
            }

            string? reference = _haproxy is null ? null : Budgets.SplicingHaproxy;
            return new ThroughputSection(_scale, Progress("relays"))
                .Run(relays, relay => relay.Name == reference ? null : reference);
        }
        finally
        {
            await DisposeAsync(relays);
        }
    }

    private async Task<(IReadOnlyList<ThroughputRow>, IReadOnlyList<OpeningRow>)> ChainsAsync()
    {
        bool opened = Wanted("openings"), moved = Wanted("chains");
        if (_obfs4proxy is null || _joiner is null || !(opened || moved))
        {
            return ([], []);
        }

        List<Contender> chains = await MeasuredChains.StartAsync(_obfs4proxy, _joiner, Path.Combine(_folder, "chains"));
        try
        {
            IReadOnlyList<OpeningRow> times =
                opened ? new OpeningSection(_scale, Progress("openings")).Run(chains, MeasuredChains.Against) : [];
            return (moved ? new ThroughputSection(_scale, Progress("chains")).Run(chains, MeasuredChains.Against) : [], times);
        }
        finally
        {
            await DisposeAsync(chains);
        }
    }

    private async Task<IReadOnlyList<ThroughputRow>> InProcessAsync()
    {
        if (!Wanted("b64"))
        {
            return [];
        }

        List<Contender> chains = await MeasuredChains.StartBase64Async(Path.Combine(_folder, "b64"));
        try
        {
            return new ThroughputSection(_scale, Progress("b64"))
                .Run(chains, chain => chain.Name == MeasuredChains.InProcess ? MeasuredChains.AsProcesses : null);
        }
        finally
        {
            await DisposeAsync(chains);
        }
    }

    private async Task<InsideFigures> InsideAsync()
    {
        if (_obfs4proxy is null || _joiner is null || !Wanted("inside"))
        {
            return InsideFigures.None;
        }

        string folder = Path.Combine(_folder, "inside");
        List<Contender> chains = await InsideChains.StartAsync(_obfs4proxy, _joiner, folder);
        try
        {
            IReadOnlyList<ThroughputRow> throughput = new ThroughputSection(_scale, Progress("inside")).Run(chains, InsideChains.Against);
            IReadOnlyList<OpeningRow> openings = new OpeningSection(_scale, Progress("inside, openings")).Run(chains, InsideChains.Against);
            var idle = new List<IdleRow>();
            var resident = new List<ResidentRow>();
            foreach (string chain in InsideChains.Chains)
            {
                await using PlaitChain fresh = await InsideChains.StartAsync(chain, Path.Combine(folder, chain + "-idle"));
                string name = InsideChains.Inside(chain);
                idle.AddRange(new IdleSection(_scale, Progress($"{name}, idle")).Run(fresh, $"{name}, client", $"{name}, bridge"));
                resident.AddRange(await new InsideResidentSection(_scale, Progress("inside, resident")).RunAsync(chain, Path.Combine(folder, chain + "-resident")));
            }

            return new(throughput, openings, idle, resident);
        }
        finally
        {
            await DisposeAsync(chains);
        }
    }

    private async Task<IReadOnlyList<IdleRow>> IdleAsync()
    {
        if (_obfs4proxy is null || !Wanted("idle"))
        {
            return [];
        }

        IReadOnlyList<IdleRow> proxies = await IdleAsync("proxy", IdleRow.ProxyClients, clients: 2);
        IReadOnlyList<IdleRow> shims = await IdleAsync("shim", IdleRow.ShimClient, clients: 1);
        return [proxies[0], shims[0], proxies[1]]; // a bridge does not see how the client is joined

        async Task<IReadOnlyList<IdleRow>> IdleAsync(string joint, string name, int clients)
        {
            await using PlaitChain chain = await PlaitChain.StartAsync(
                MeasuredChains.TwoHops,
                MeasuredChains.TwoHops,
                MeasuredChains.Plaitrc(_obfs4proxy, $"ClientTransportJoint * {joint}"),
                Path.Combine(_folder, $"idle-{joint}"),
                clients: clients,
                bridges: 2);
            return new IdleSection(_scale, Progress($"idle connections, {joint}")).Run(chain, name, IdleRow.Bridges);
        }
    }

    private async Task<IReadOnlyList<StartRow>> StartAsync() => _obfs4proxy is null || !Wanted("start")
        ? []
        : await new StartSection(_scale, Progress("start")).RunAsync(
            _forms, _obfs4proxy, MeasuredChains.Plaitrc(_obfs4proxy), Path.Combine(_folder, "start"));

    private async Task<IReadOnlyList<ResidentRow>> ResidentAsync() => _obfs4proxy is null || !Wanted("resident")
        ? []
        : await new ResidentSection(_scale, Progress("resident memory")).RunAsync(
            _forms, MeasuredChains.Plaitrc(_obfs4proxy), Path.Combine(_folder, "resident"));

    private Action<string> Progress(string section) => text =>
        Console.Error.WriteLine($"{Stopwatch.GetElapsedTime(_started):mm\\:ss} {section}: {text}");

    private static async ValueTask DisposeAsync(IEnumerable<Contender> contenders)
    {
        foreach (Contender contender in contenders)
        {
            await contender.DisposeAsync();
        }
    }

    private static async Task<string> RevisionAsync()
    {
        using Process? git = Process.Start(new ProcessStartInfo("git", ["-C", Programs.Root, "describe", "--always", "--dirty"])
        {
            RedirectStandardOutput = true,
        });
        return git is null ? "unknown" : (await git.StandardOutput.ReadToEndAsync()).Trim();
    }

    private static async Task WriteAsync(Figures figures, bool page)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Programs.Root, "artifacts", "bench")).FullName;
        string json = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{figures.At:yyyyMMdd-HHmmss}.json"));
        await File.WriteAllTextAsync(json, JsonSerializer.Serialize(figures, s_json));
        if (!page)
        {
            Console.WriteLine($"written: {json}");
            return;
        }

        string path = Path.Combine(figures.Quick ? folder : Path.Combine(Programs.Root, "docs"), "performance.md");
        await File.WriteAllTextAsync(path, Markdown.Of(figures));
        Console.WriteLine($"written: {json}, {path}");
    }
}
