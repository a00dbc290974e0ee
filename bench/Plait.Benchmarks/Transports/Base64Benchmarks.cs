using System.Buffers.Text;
using BenchmarkDotNet.Attributes;
using Plait.Benchmarks.Relays;
using Plait.Connections;
using Plait.Transports;

namespace Plait.Benchmarks.Transports;

/// <summary>The in-process transport b64, each direction, 48 KiB of payload.</summary>
[MemoryDiagnoser]
public class Base64Benchmarks
{
    private readonly byte[] _payload = new byte[48 * 1024];
    private readonly byte[] _received = new byte[48 * 1024];
    private readonly RepeatingConnection _wire;
    private readonly ByteConnection _b64;

    public Base64Benchmarks()
    {
        byte[] text = new byte[64 * 1024];
        Base64.EncodeToUtf8(_payload, text, out _, out _);
        _wire = new(text, 1);
        _b64 = new Base64Transport().ConnectAsync(_wire, CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    [Benchmark]
    public void Write() => _b64.WriteAsync(_payload, CancellationToken.None).GetAwaiter().GetResult();

    [Benchmark]
    public int Read()
    {
        _wire.Rewind();
        return _b64.ReadAsync(_received, CancellationToken.None).GetAwaiter().GetResult();
    }
}
