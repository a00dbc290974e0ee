using System.Text;

namespace Plait.Wire.Tests.ExtOrPort;

/// <summary>The second row of V9, and the frames of V10.</summary>
internal static class ExtOrPortVectors
{
    internal const string ClientNonce = "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";
    internal const string ServerNonce = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f";
    internal const string ServerHash = "67cb22838690cf4c49434d4ea3164fbdcc936e46fd90ee62f511639a8456d133";
    internal const string ClientHash = "4becde5c2fe8a9fed908d74f79be128d73abfbf82c009d3bdc17b4bc02740d58";

    internal const string AuthTypes = "0100";
    internal const string Done = "00000000";
    internal const string Okay = "10000000";
    internal const string Deny = "10010000";
    internal const string Junk = "fff00003414243";

    /// <summary>USERADDR 127.0.0.1:43194, TRANSPORT obfs4, DONE, as obfs4proxy writes them (V10).</summary>
    internal const string Commands = "0001000f3132372e302e302e313a3433313934" + "000200056f62667334" + Done;

    internal static AuthCookie Secret { get; } = AuthCookieTests.Cookie([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    internal static string UserAddress(string text) => Frame(1, Encoding.UTF8.GetBytes(text));

    internal static string Transport(string text) => Frame(2, Encoding.UTF8.GetBytes(text));

    internal static string Frame(int command, byte[] body) => $"{command:x4}{body.Length:x4}{Hex.Text(body)}";

    internal static ExtOrPortServerHandshake Server() => new(Secret, Hex.Bytes(ServerNonce));

    internal static ExtOrPortClientHandshake Client(IPEndPoint? userAddress, string? transport) =>
        new(Secret, Hex.Bytes(ClientNonce), userAddress, transport);
}
