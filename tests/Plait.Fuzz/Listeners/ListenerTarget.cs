using Plait.Diagnostics.Metrics;
using Plait.Fuzz.Engine;
using Plait.Hosting;

namespace Plait.Fuzz.Listeners;

/// <summary>
/// A listener of a running Plait, or a dial of it, under attack. After each attack a good connection must work and nothing
/// may be left of the bad ones; what the attacker was answered is compared with what the handshake, run in memory over the
/// same bytes, says.
/// </summary>
internal abstract class ListenerTarget : FuzzTarget
{
    // Now and then: reading /proc costs more than an attack. In a short run not at all, for there other tests run beside it.
    private const int DescriptorInterval = 500;

    // Pipes and pollers that come and go with the load.
    private const int SpareDescriptors = 16;

    private bool _started;
    private int _runs;
    private int _descriptors;

    internal override int MaxLength => 16384;

    internal override long? MaxAllocation(int inputLength) => null;

    internal override int MinimizerRuns => 200;

    internal override int ShortRuns => 40;

    /// <summary>Names of the tokens of a script.</summary>
    protected virtual IReadOnlyList<string> TokenNames => [];

    /// <summary>The Plait under attack.</summary>
    protected abstract IPlaitHost Host { get; }

    /// <summary>Whether those whom Plait connects to have seen the end of every connection.</summary>
    protected abstract bool OthersIdle { get; }

    internal override byte[] Mutate(byte[] input, byte[] other, Mutator mutator) =>
        AttackScript.Mutate(input, other, TokenNames, mutator);

    internal override string Run(byte[] input) => RunAsync(AttackScript.Parse(input)).GetAwaiter().GetResult();

    public override ValueTask DisposeAsync() => _started ? new(StopAsync()) : ValueTask.CompletedTask;

    /// <summary>Starts everything.</summary>
    protected abstract Task StartAsync();

    /// <summary>Stops everything; a start may follow.</summary>
    protected abstract Task StopAsync();

    /// <summary>Plays the attack and checks what it was answered.</summary>
    /// <returns>What happened.</returns>
    protected abstract Task<string> AttackAsync(IReadOnlyList<AttackStep> steps);

    /// <summary>A connection of a well-behaved client; fails if it does not work.</summary>
    protected abstract Task BeGoodAsync();

    private async Task<string> RunAsync(IReadOnlyList<AttackStep> steps)
    {
        if (!_started)
        {
            _started = true;
            await StartAsync();
        }

        try
        {
            string behaviour = await AttackAsync(steps);
            await BeGoodAsync();
            await Limit.UntilAsync(
                () => NothingLeft(Host.Counters) && OthersIdle,
                "nothing is left of any connection",
                () => $"{Host.Counters}, the others {(OthersIdle ? "idle" : "not idle")}");
            await CheckDescriptorsAsync();
            return behaviour;
        }
        catch
        {
            await StopAsync(); // the next one shall not suffer for this one
            _started = false;
            throw;
        }
    }

    private static bool NothingLeft(PlaitCounters counters) =>
        counters is { Connections: 0, JointConnections: 0, Tickets: 0, Shims: 0, Outstanding: 0 };

    private async Task CheckDescriptorsAsync()
    {
        if (++_runs % DescriptorInterval == 0 && Directory.Exists("/proc/self/fd"))
        {
            _descriptors = _descriptors == 0 ? Descriptors() + SpareDescriptors : _descriptors;
            await Limit.UntilAsync(
                () => Descriptors() <= _descriptors, "no descriptor is left", () => $"{Descriptors()} of {_descriptors}");
        }
    }

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
