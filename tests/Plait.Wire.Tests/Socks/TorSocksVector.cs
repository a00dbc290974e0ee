namespace Plait.Wire.Tests.Socks;

/// <summary>V5: SOCKS as tor writes it, for a bridge line. Messages in hex, in tor's order.</summary>
public sealed record TorSocksVector(string Bridge, SocksVersion Version, string[] Messages, string[] Replies)
{
    private const string Granted5 = "05000001000000000000";
    private const string Granted4 = "005a000000000000";

    /// <summary>All vectors of V5.</summary>
    public static TheoryData<TorSocksVector> All =>
    [
        Socks5("t1 127.0.0.1:9", "050100", null, "050100017f0000010009"),
        Socks5(
            """t1 127.0.0.1:9 cert=abc==;x k2=v\2 sp="q" """, "05020002",
            "011c636572743d6162633d3d5c3b783b6b323d765c5c323b73703d2271220100", "050100017f0000010009"),
        Socks5("t1 [2001:db8::5]:443 a=b", "05020002", "0103613d620100", "0501000420010db800000000000000000000000501bb"),
        Socks5("t1 127.0.0.1 a=", "05020002", "0102613d0100", "050100017f00000101bb"),
        Socks5("t1 127.0.0.1:9 k=" + Many(253), "05020002", "01ff6b3d" + Hex.Ascii(Many(253)) + "0100", "050100017f0000010009"),
        Socks5("t1 127.0.0.1:9 k=" + Many(254), "05020002", "01ff6b3d" + Hex.Ascii(Many(253)) + "0176", "050100017f0000010009"),
        Socks5(
            "t1 127.0.0.1:9 k=" + Many(508), "05020002",
            "01ff6b3d" + Hex.Ascii(Many(253)) + "ff" + Hex.Ascii(Many(255)), "050100017f0000010009"),
        Socks5(
            "t1 127.0.0.1:9 shared-secret=rahasia secrets-file=/tmp/blob", "05020002",
            "012c7368617265642d7365637265743d726168617369613b736563726574732d66696c653d2f746d702f626c6f620100", "050100017f0000010009"),
        Socks5("t1 127.0.0.1:9 rocks=20 height=5.6m", "05020002", "0114726f636b733d32303b6865696768743d352e366d0100", "050100017f0000010009"),
        new TorSocksVector("t1 127.0.0.1:9", SocksVersion.Socks4, ["040100097f00000100"], [Granted4]),
        new TorSocksVector("t1 127.0.0.1:9 a=b c=d;e", SocksVersion.Socks4, ["040100097f000001613d623b633d645c3b6500"], [Granted4]),
    ];

    /// <summary>The bridge as values.</summary>
    internal BridgeLine Parse()
    {
        BridgeLineReading reading = BridgeLineReader.Read(Bridge);
        Assert.False(reading.IsRefused);
        return reading.Bridge!;
    }

    private static TorSocksVector Socks5(string bridge, string greeting, string? credentials, string request) => credentials is null
        ? new(bridge, SocksVersion.Socks5, [greeting, request], ["0500", Granted5])
        : new(bridge, SocksVersion.Socks5, [greeting, credentials, request], ["0502", "0100", Granted5]);

    private static string Many(int count) => new('v', count);
}
