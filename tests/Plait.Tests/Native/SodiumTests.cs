using Plait.Native;
using Xunit;

namespace Plait.Tests.Native;

/// <summary>Calls of libsodium against values of their specifications.</summary>
public class SodiumTests
{
    /// <summary>The box of NaCl's own tests, after whose key exchange it is a secretbox.</summary>
    [Fact]
    public void SecretBoxSeal_OfNaClsExample_IsItsBox()
    {
        byte[] key = Bytes("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
        byte[] nonce = Bytes("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
        byte[] message = Bytes(
            "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31"
            + "0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f93776384864"
            + "5e0705");
        byte[] derived = new byte[32];
        byte[] tag = new byte[16];
        byte[] text = [.. message];
        Sodium.DeriveSecretBoxKey(key, nonce.AsSpan(0, 16), derived);
        Sodium.SecretBoxSeal(text, tag, nonce.AsSpan(16), derived);
        Assert.Equal(
            "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972"
            + "71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b3"
            + "7973f622a43d14a6599b1f654cb45a74e355a5",
            Convert.ToHexStringLower([.. tag, .. text]));
        Assert.True(Sodium.SecretBoxOpen(text, tag, nonce.AsSpan(16), derived));
        Assert.Equal(message, text);
    }

    [Fact]
    public void SecretBoxOpen_OfAnyLength_TakesWhatWasSealedAndNothingElse()
    {
        byte[] key = new byte[32];
        byte[] tag = new byte[16];
        for (int length = 0; length <= Sodium.MaxMessage; length += length < 600 ? 1 : 13)
        {
            byte[] message = [.. Enumerable.Range(0, length).Select(value => (byte)value)];
            byte[] text = [.. message];
            Sodium.SecretBoxSeal(text, tag, new byte[8], key);
            if (length > 0)
            {
                byte[] changed = [.. text];
                changed[^1] ^= 1;
                byte[] before = [.. changed];
                Assert.False(Sodium.SecretBoxOpen(changed, tag, new byte[8], key));
                Assert.Equal(before, changed);
            }

            Assert.True(Sodium.SecretBoxOpen(text, tag, new byte[8], key));
            Assert.Equal(message, text);
        }
    }

    /// <summary>RFC 4231, test case 2; the message in parts.</summary>
    [Fact]
    public void HmacSha256_OfParts_IsThatOfTheWhole()
    {
        byte[] mac = new byte[32];
        Sodium.HmacSha256("Jefe"u8, mac, "what do "u8, "ya want "u8, ""u8, "for nothing?"u8);
        Assert.Equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", Convert.ToHexStringLower(mac));
    }

    [Fact]
    public void Calls_WithWrongLengths_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => Sodium.Sha256([], new byte[31]));
        Assert.Throws<ArgumentException>(() => Sodium.ScalarMultiply(new byte[31], new byte[32], new byte[32]));
        Assert.Throws<ArgumentException>(() => Sodium.SecretBoxSeal(new byte[5], new byte[15], new byte[8], new byte[32]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sodium.SecretBoxSeal(new byte[Sodium.MaxMessage + 1], new byte[16], new byte[8], new byte[32]));
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
