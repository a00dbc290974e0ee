using BenchmarkDotNet.Attributes;
using Plait.Relays;

namespace Plait.Benchmarks.Relays;

/// <summary>
/// The copy loop, without sockets: what a relay costs to set up, and that more bytes do not cost more memory.
/// Whole relays between sockets are measured by Plait.Throughput.
/// </summary>
[MemoryDiagnoser]
public class CopyBenchmarks
{
    private static readonly RelaySettings s_settings = new() { LingerTimeout = TimeSpan.FromSeconds(60), Pipes = new(0, 0, Pipe.TryOpen) };

    private readonly RepeatingConnection _nothing = new(default, 1);
    private readonly RepeatingConnection _kibibyte = new(new byte[1024], 1);
    private readonly RepeatingConnection _mebibyte = new(new byte[64 * 1024], 16);

    [Benchmark]
    public long Relay_Nothing() => Run(_nothing);

    [Benchmark]
    public long Relay_OneKibibyte() => Run(_kibibyte);

    [Benchmark]
    public long Relay_OneMebibyte() => Run(_mebibyte);

    private long Run(RepeatingConnection source)
    {
        source.Rewind();
        return Relay.RunAsync(source, _nothing, s_settings, CancellationToken.None).GetAwaiter().GetResult().Forward;
    }
}
