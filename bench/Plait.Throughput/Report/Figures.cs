namespace Plait.Throughput.Report;

/// <summary>Processor time of some processes of a row.</summary>
internal sealed record ProcessCost(string Label, double MillisecondsPerGigabyte)
{
    internal const string ClientChildren = "client's children";
    internal const string BridgeChildren = "bridge's children";

    /// <summary>Transports, not what joins them.</summary>
    internal bool IsChild => Label is ClientChildren or BridgeChildren;
}

/// <summary>Medians over the rounds; the ratios are medians of the ratios within each round. 1 GB is 10^9 bytes.</summary>
internal sealed record ThroughputRow(
    string Name,
    int Streams,
    double GigabytesPerSecond,
    IReadOnlyList<ProcessCost> Processes,
    string? Against,
    double? ThroughputRatio,
    double? CostRatio);

/// <summary>Times to open, in milliseconds, and what is more than the other's.</summary>
internal sealed record OpeningRow(
    string Name,
    int Opened,
    int Lost,
    double Median,
    double Percentile99,
    string? Against,
    double? MedianMore,
    double? Percentile99More);

/// <summary>What an idle connection holds in some processes together.</summary>
internal sealed record IdleRow(string Process, int Connections, double KibibytesEach, double DescriptorsEach)
{
    internal const string ProxyClients = "client behind proxy joints";
    internal const string ShimClient = "client behind shims";
    internal const string Bridges = "bridge";
}

/// <summary>Medians, in milliseconds from exec to the last CMETHOD line.</summary>
/// <param name="Name">The program.</param>
/// <param name="Time">Of its starts.</param>
/// <param name="More">By how much it is longer than the child's start of the same round; null for the child.</param>
internal sealed record StartRow(string Name, double Time, double? More);

/// <summary>Medians over the starts, in MiB.</summary>
/// <param name="Name">The program.</param>
/// <param name="Process">Which of its processes, and when.</param>
/// <param name="Resident">VmRSS.</param>
/// <param name="Proportional">Pss: a page that several processes share is divided among them.</param>
/// <param name="Threads">Of the process.</param>
internal sealed record ResidentRow(string Name, string Process, double Resident, double Proportional, double Threads)
{
    internal const string StartedClient = "client after its start";
    internal const string UsedClient = "client after its first connection";
    internal const string UsedBridge = "bridge after its first connection";
    internal const string ClientOfTen = "client with ten connections";
    internal const string BridgeOfTen = "bridge with ten connections";
}

/// <summary>The size of a program file. 1 MB is 10^6 bytes.</summary>
internal sealed record SizeRow(string Name, double Megabytes);

/// <summary>One budget of docs/performance.md.</summary>
/// <param name="What">Its row there.</param>
/// <param name="Budget">What it allows.</param>
/// <param name="Measured">What was seen.</param>
/// <param name="Met">Whether it is met; null if it could not be measured.</param>
internal sealed record BudgetRow(string What, string Budget, string Measured, bool? Met);

/// <summary>Where and with what it was measured.</summary>
internal sealed record Machine(
    string Processor,
    int Processors,
    double MemoryGibibytes,
    string Kernel,
    string System,
    string CongestionControl,
    string Runtime,
    IReadOnlyList<string> Programs,
    double LoadBefore)
{
    /// <summary>Another program was at work: even ratios are coarse then.</summary>
    internal bool WasBusy => LoadBefore > 0.5;
}

/// <summary>What was found of the transports that stand inside Plait.</summary>
internal sealed record InsideFigures(
    IReadOnlyList<ThroughputRow> Throughput, IReadOnlyList<OpeningRow> Openings, IReadOnlyList<IdleRow> Idle, IReadOnlyList<ResidentRow> Resident)
{
    internal static InsideFigures None { get; } = new([], [], [], []);
}

/// <summary>Everything that one run found.</summary>
internal sealed record Figures(
    DateTimeOffset At,
    string Revision,
    bool Quick,
    Machine Machine,
    IReadOnlyList<ThroughputRow> Relays,
    IReadOnlyList<ThroughputRow> Chains,
    IReadOnlyList<ThroughputRow> InProcess,
    InsideFigures Inside,
    IReadOnlyList<OpeningRow> Openings,
    IReadOnlyList<IdleRow> Idle,
    IReadOnlyList<StartRow> Start,
    IReadOnlyList<ResidentRow> Resident,
    IReadOnlyList<SizeRow> Sizes,
    IReadOnlyList<string> LeftOut)
{
    /// <summary>The budgets, judged.</summary>
    public IReadOnlyList<BudgetRow> Budgets => Report.Budgets.Judge(this);
}
