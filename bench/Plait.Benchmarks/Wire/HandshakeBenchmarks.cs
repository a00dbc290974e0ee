using System.Net;
using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.ExtOrPort;
using Plait.Wire.Handshakes;
using Plait.Wire.Socks;

namespace Plait.Benchmarks.Wire;

/// <summary>Whole handshakes, each side alone, over what the other side says.</summary>
[MemoryDiagnoser]
public class HandshakeBenchmarks
{
    private static readonly IPEndPoint s_target = new(IPAddress.Parse("192.0.2.1"), 443);
    private static readonly byte[] s_nonce = new byte[32];

    private readonly PtArguments _arguments = new([new("cert", new string('A', 70)), new("iat-mode", "0")]);
    private readonly AuthCookie _cookie = AuthCookie.Create(RandomNumberGenerator.GetBytes(32));
    private readonly Transcript _socks;
    private readonly Transcript _extOrPort;

    public HandshakeBenchmarks()
    {
        _socks = Transcript.Record(
            NewSocksClient(), NewSocksServer(),
            output => SocksReply.Write(SocksVersion.Socks5, SocksReplyCode.Succeeded, output));
        _extOrPort = Transcript.Record(NewExtOrPortClient(), NewExtOrPortServer(), output =>
        {
            ExtOrPortReply.Okay.CopyTo(output.GetSpan(ExtOrPortReply.Okay.Length));
            output.Advance(ExtOrPortReply.Okay.Length);
        });
    }

    [Benchmark]
    public HandshakeStep SocksClient() => _socks.ReplayClient(NewSocksClient());

    [Benchmark]
    public HandshakeStep SocksServer() => _socks.ReplayServer(NewSocksServer());

    [Benchmark]
    public HandshakeStep ExtOrPortClient() => _extOrPort.ReplayClient(NewExtOrPortClient());

    [Benchmark]
    public HandshakeStep ExtOrPortServer() => _extOrPort.ReplayServer(NewExtOrPortServer());

    private SocksClientHandshake NewSocksClient() => SocksClientHandshake.ForTransport(SocksVersion.Socks5, s_target, _arguments);

    private static SocksServerHandshake NewSocksServer() => new(new SocksCredentialPolicy.TransportArguments());

    private ExtOrPortClientHandshake NewExtOrPortClient() => new(_cookie, s_nonce, s_target, "obfs3_obfs4");

    private ExtOrPortServerHandshake NewExtOrPortServer() => new(_cookie, s_nonce);
}
