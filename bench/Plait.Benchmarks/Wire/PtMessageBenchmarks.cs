using System.Net;
using BenchmarkDotNet.Attributes;
using Plait.Wire.Pt.Messages;

namespace Plait.Benchmarks.Wire;

/// <summary>The lines between a child and its parent.</summary>
[MemoryDiagnoser]
public class PtMessageBenchmarks
{
    private readonly ServerMethodMessage _serverMethod = new(
        "obfs4", new(IPAddress.Loopback, 40000), new([new("cert", new string('A', 70)), new("iat-mode", "0")]));

    [Benchmark]
    public PtMessage Parse_ClientMethod() => PtMessage.Parse("CMETHOD obfs4 socks5 127.0.0.1:40000");

    [Benchmark]
    public PtMessage Parse_ServerMethodWithArguments() =>
        PtMessage.Parse("SMETHOD obfs4 127.0.0.1:40000 ARGS:cert=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,iat-mode=0");

    [Benchmark]
    public PtMessage Parse_Status() => PtMessage.Parse("STATUS TRANSPORT=obfs4 CONNECT=Success ADDRESS=192.0.2.1:443");

    [Benchmark]
    public PtMessage Parse_Log() => PtMessage.Parse("LOG SEVERITY=notice MESSAGE=\"a message with \\\"quotes\\\"\"");

    [Benchmark]
    public PtMessage Parse_Unknown() => PtMessage.Parse("SOMETHING else unknown");

    [Benchmark]
    public string Format_ServerMethodWithArguments() => _serverMethod.Format();
}
