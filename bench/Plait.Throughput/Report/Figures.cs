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
internal sealed record IdleRow(string Process, int Connections, double KibibytesEach, double DescriptorsEach);

/// <summary>Medians, in milliseconds from exec to the last CMETHOD line; the difference is that of the pairs.</summary>
internal sealed record StartRow(double Plait, double ChildAlone, double More);

/// <summary>One budget of design section 7.</summary>
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
    /// <summary>Somebody else was at work: even ratios are coarse then.</summary>
    internal bool WasBusy => LoadBefore > 0.5;
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
    IReadOnlyList<OpeningRow> Openings,
    IReadOnlyList<IdleRow> Idle,
    StartRow? Start,
    IReadOnlyList<string> LeftOut)
{
    /// <summary>The budgets, judged.</summary>
    public IReadOnlyList<BudgetRow> Budgets => Report.Budgets.Judge(this);
}
