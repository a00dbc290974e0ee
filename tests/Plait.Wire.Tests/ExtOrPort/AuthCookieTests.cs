using System.Security.Cryptography;
using System.Text;

namespace Plait.Wire.Tests.ExtOrPort;

public sealed class AuthCookieTests
{
    private const string Header = "2120457874656e646564204f52506f7274204175746820436f6f6b696520210a";

    [Theory] // V9
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "9e221919982a84f75faf60ef926949796268c97833e06960ff265369a90fd6d8",
        "0f368b1bee24aabc54a9114ce06c070f3ed99d0d368f599ccc6dfdc8bf457a62")]
    [InlineData(
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
        "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f",
        "67cb22838690cf4c49434d4ea3164fbdcc936e46fd90ee62f511639a8456d133",
        "4becde5c2fe8a9fed908d74f79be128d73abfbf82c009d3bdc17b4bc02740d58")]
    public void Hashes_V9_Golden(string secret, string clientNonce, string serverNonce, string serverHash, string clientHash) =>
        CheckHashes(Hex.Bytes(secret), Hex.Bytes(clientNonce), Hex.Bytes(serverNonce), serverHash, clientHash);

    [Fact] // V9, tor's own unit test
    public void Hashes_V9TorStrings_Golden() => CheckHashes(
        Encoding.ASCII.GetBytes("Gliding wrapt in a brown mantle,"),
        Encoding.ASCII.GetBytes("But when I look ahead up the whi"),
        Encoding.ASCII.GetBytes("te road There is always another "),
        "ec80ed6e546d3b36fdfc22fe1315416b029f1ade7610d910878b62eeb7403821",
        "ab391732dd2ed968cd40c087d1b1f25b33b3cd77ff79bd80c2074bbf438119a2");

    [Theory] // V9, X7: empty, an impostor's header, 63 and 65 bytes
    [InlineData("", "64 bytes")]
    [InlineData("2120496d706f73746f72204f52506f7274204175746820436f6f6b696520210a" + Header, "does not begin")]
    [InlineData(Header + "00112233445566778899aabbccddeeff00112233445566778899aabbccddee", "64 bytes")]
    [InlineData(Header + "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00", "64 bytes")]
    public void TryParseFile_V9Bad_Refused(string file, string error)
    {
        Assert.False(AuthCookie.TryParseFile(Hex.Bytes(file), out AuthCookie? cookie, out string? text));
        Assert.Null(cookie);
        Assert.Contains(error, text, StringComparison.Ordinal);
    }

    [Fact] // X7
    public void Create_FormatFile_ReadsBackAndDiffers()
    {
        byte[] file = AuthCookie.Create(RandomNumberGenerator.GetBytes(32)).FormatFile();
        Assert.Equal(AuthCookie.FileLength, file.Length);
        Assert.StartsWith(Header, Hex.Text(file), StringComparison.Ordinal);
        Assert.True(AuthCookie.TryParseFile(file, out AuthCookie? cookie, out string? error), error);
        Assert.Equal(file, cookie.FormatFile());
        Assert.NotEqual(file, AuthCookie.Create(RandomNumberGenerator.GetBytes(32)).FormatFile());
    }

    [Fact]
    public void TryParseFile_AnyBytes_AcceptsOrExplains() => Generators.ForAll(Generators.Bytes, bytes =>
        AuthCookie.TryParseFile(bytes, out _, out string? error) == (error is null));

    internal static AuthCookie Cookie(byte[] secret)
    {
        Assert.True(AuthCookie.TryParseFile([.. Hex.Bytes(Header), .. secret], out AuthCookie? cookie, out string? error), error);
        return cookie;
    }

    private static void CheckHashes(byte[] secret, byte[] clientNonce, byte[] serverNonce, string serverHash, string clientHash)
    {
        AuthCookie cookie = Cookie(secret);
        Assert.Equal(serverHash, Hex.Text(cookie.ServerHash(clientNonce, serverNonce)));
        Assert.Equal(clientHash, Hex.Text(cookie.ClientHash(clientNonce, serverNonce)));
    }
}
