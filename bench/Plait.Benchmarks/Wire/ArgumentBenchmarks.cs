using BenchmarkDotNet.Attributes;
using Plait.Wire.Arguments;

namespace Plait.Benchmarks.Wire;

/// <summary>The three written forms of arguments, and their way from one flat list to the hops and back.</summary>
[MemoryDiagnoser]
public class ArgumentBenchmarks
{
    private const string Client = "x-chain-1-cert=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA;x-chain-1-iat-mode=0;note=a\\;b";
    private const string Server = "cert=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,iat-mode=0";
    private static readonly string[] s_words = ["x-chain-1-cert=AAAAAAAAAAAAAAAAAAAA", "x-chain-1-iat-mode=0", "note=a"];

    private readonly PtArguments _flat;
    private readonly IReadOnlyList<PtArguments> _perHop;

    public ArgumentBenchmarks()
    {
        PtArguments.TryParseClient(Client, out _flat, out _);
        ChainArguments.TryDistribute(_flat, 2, out _perHop, out _);
    }

    [Benchmark]
    public bool TryParseClient() => PtArguments.TryParseClient(Client, out _, out _);

    [Benchmark]
    public string FormatClient() => _flat.FormatClient();

    [Benchmark]
    public bool TryParseServer() => PtArguments.TryParseServer(Server, out _, out _);

    [Benchmark]
    public string FormatServer() => _flat.FormatServer();

    [Benchmark]
    public bool TryParseWords() => PtArguments.TryParseWords(s_words, out _, out _);

    [Benchmark]
    public bool Chain_TryDistribute() => ChainArguments.TryDistribute(_flat, 2, out _, out _);

    [Benchmark]
    public PtArguments Chain_Merge() => ChainArguments.Merge(_perHop);
}
