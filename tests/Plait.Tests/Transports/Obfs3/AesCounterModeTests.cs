using FsCheck;
using FsCheck.Fluent;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;
using Plait.Transports.Obfs3;
using Xunit;

namespace Plait.Tests.Transports.Obfs3;

public class AesCounterModeTests
{
    private static readonly Gen<int[]> s_writes = Gen.Frequency((4, Gen.Choose(0, 40)), (1, Gen.Choose(100, 300)), (1, Gen.Elements(127, 128, 129, 4096, 5000))).ArrayOf();

    public static TheoryData<bool> Ways => AesCounterMode.HasInstructions ? [true, false] : [false];

    [Theory]
    [MemberData(nameof(Ways))]
    public void Apply_AnyPieces_IsOneStreamOfBouncyCastles(bool byInstructions) => Prop
        .ForAll(s_writes.ToArbitrary(), Gen.Elements(0, 1, 3, 9, 255).ToArbitrary(), (writes, fromTheEnd) =>
        {
            byte[] key = [.. Enumerable.Range(7, 16).Select(value => (byte)(value * 11))];
            byte[] counter = [.. Enumerable.Repeat((byte)0xFF, 15), (byte)(0xFF - fromTheEnd)]; // it wraps around soon
            byte[] text = [.. Enumerable.Range(0, writes.Sum()).Select(value => (byte)(value * 13))];
            var expected = new byte[text.Length];
            var reference = new BufferedStream(key, counter);
            reference.Apply(text, expected);

            var cipher = new AesCounterMode(key, counter, byInstructions);
            byte[] encrypted = new byte[text.Length];
            int position = 0;
            foreach (int write in writes)
            {
                cipher.Apply(text.AsSpan(position, write), encrypted.AsSpan(position));
                position += write;
            }

            Assert.Equal(expected, encrypted);
            var decrypting = new AesCounterMode(key, counter, byInstructions);
            decrypting.Apply(encrypted, encrypted); // in place
            Assert.Equal(text, encrypted);
        })
        .Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));

    [Theory]
    [MemberData(nameof(Ways))]
    public void Apply_TwoWritesOfTheVectors_AreTheirText(bool byInstructions)
    {
        foreach ((string secret, string expected) in ((string, string)[])[(Vectors.Init, Vectors.InitiatorText), (Vectors.Resp, Vectors.ResponderText)])
        {
            byte[] bytes = Convert.FromHexString(secret);
            var cipher = new AesCounterMode(bytes.AsSpan(0, 16), bytes.AsSpan(16), byInstructions);
            byte[] text = new byte[Vectors.Text.Length];
            cipher.Apply(Vectors.Text.AsSpan(0, 5), text);
            cipher.Apply(Vectors.Text.AsSpan(5), text.AsSpan(5));
            Assert.Equal(expected, Convert.ToHexStringLower(text));
        }
    }

    [Theory]
    [InlineData("Initiator obfuscated data", Vectors.Init)]
    [InlineData("Responder obfuscated data", Vectors.Resp)]
    [InlineData("Initiator magic", Vectors.InitiatorMagic)]
    [InlineData("Responder magic", Vectors.ResponderMagic)]
    public void Hash_OfTheVectors_IsTheirs(string message, string hash) =>
        Assert.Equal(hash, Convert.ToHexStringLower(Obfs3Direction.Hash(Convert.FromHexString(Vectors.Shared), System.Text.Encoding.ASCII.GetBytes(message))));

    /// <summary>BouncyCastle's counter mode, byte by byte.</summary>
    private sealed class BufferedStream
    {
        private readonly SicBlockCipher _cipher = new(new AesEngine());
        private readonly byte[] _zeros = new byte[16];

        internal BufferedStream(byte[] key, byte[] counter) => _cipher.Init(true, new ParametersWithIV(new KeyParameter(key), counter));

        internal void Apply(byte[] text, byte[] result)
        {
            byte[] stream = new byte[16];
            for (int i = 0; i < text.Length; i++)
            {
                if (i % 16 == 0)
                {
                    _cipher.ProcessBlock(_zeros, 0, stream, 0);
                }

                result[i] = (byte)(text[i] ^ stream[i % 16]);
            }
        }
    }
}
