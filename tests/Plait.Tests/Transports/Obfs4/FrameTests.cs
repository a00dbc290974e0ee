using System.Security.Cryptography;
using System.Text;
using Plait.Native;
using Plait.Transports.Obfs4;
using Xunit;

namespace Plait.Tests.Transports.Obfs4;

/// <summary>Frames by the vectors V27, cut at every byte, and broken.</summary>
public class FrameTests
{
    private readonly byte[] _buffer = new byte[8 * FrameSizes.Longest];

    [Fact]
    public void Seal_OfTheVectors_GivesTheirFrames()
    {
        using SessionKeys keys = Keys();
        var client = new FrameSealer(new(keys.ClientToServer));
        Assert.Equal("5312de4f4776c9992c34d36de84c535359c6d0ba38", Seal(client, [], 0));
        Assert.Equal("086acfda868319c67c0a064818dbda4fa1eb524d451d", Seal(client, Count(1), 0));
        string hundred = Seal(client, Count(100), 0);
        Assert.Equal(("568c86bb", 2 * 121, "04d777051ca5f4e3b67e993e4d348e822c847bce6e80e437ee0ef55b761e04e5"), (hundred[..8], hundred.Length, HashOf(hundred)));
        string full = Seal(client, Count(1427), 0);
        Assert.Equal((2 * 1448, "f44f469f200223d88dba25f422a1b6ea8650ead1aee7a189825a2579a12a3795"), (full.Length, HashOf(full)));
        Assert.Equal("3307171f9bbcc3e8d44fb190a8a0ccb62bf7c5a3ce7d398227b914f5", Seal(client, [], 7));
        Assert.Equal("e4d01c684fc1cd723fb59732785a5f973b5d23f34247f85b9aa385aa", Seal(client, "ab"u8, 5));

        var server = new FrameSealer(new(keys.ServerToClient));
        int length = server.Seal(PacketType.Seed, Vectors.DrbgSeed, 0, _buffer);
        Assert.Equal(FrameSizes.SeedFrame, length);
        Assert.Equal(
            "1d5bab26aa5b1a685a8299762b7f29c2ec2867f4e1d3571a29c0cf59cd22345ee739a199b1f4dade6f4cf9f861",
            Vectors.Hex(_buffer.AsSpan(0, length)));
        Assert.Equal("2298ad9fbf2aead909d75db8457764c52cfb8cf70f90224c67f3", Seal(server, "hello"u8, 0));
    }

    [Fact]
    public void Drbg_OfTheVectorsDirections_GivesTheirMasks()
    {
        using SessionKeys keys = Keys();
        var client = new FrameKeys(keys.ClientToServer);
        Assert.Equal([0x5301, 0x087e, 0x56fb, 0xeffc], [client.NextMask(), client.NextMask(), client.NextMask(), client.NextMask()]);
        var server = new FrameKeys(keys.ServerToClient);
        Assert.Equal([0x1d70, 0x2280, 0xaba6], [server.NextMask(), server.NextMask(), server.NextMask()]);
    }

    [Fact]
    public void Seal_OfLongPayload_FillsFramesOneAfterTheOther()
    {
        (FrameSealer sealer, FrameOpener opener) = Pair();
        byte[] payload = Count((3 * FrameSizes.MaxPayload) + 1);
        int length = sealer.Seal(payload, _buffer);
        Assert.Equal((FrameSealer.RoomFor(payload.Length), (3 * FrameSizes.Longest) + 22), (length, length));
        Assert.Equal((payload.Length, FrameStep.NeedsMore), OpenAll(opener, _buffer[..length], out byte[] opened));
        Assert.Equal(payload, opened);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(FrameSizes.MaxPayload)]
    public void Open_CutAtEveryByte_WaitsForTheWholeFrame(int payload)
    {
        (FrameSealer sealer, FrameOpener opener) = Pair();
        int length = sealer.Seal(PacketType.Payload, Count(payload), 0, _buffer);
        int both = length + sealer.Seal(PacketType.Payload, "next"u8, 0, _buffer.AsSpan(length));
        for (int part = 0; part < length; part++)
        {
            Assert.Equal(FrameStep.NeedsMore, opener.Open(_buffer.AsSpan(0, part), out int none, out _));
            Assert.Equal(0, none);
        }

        Assert.Equal(payload > 0 ? FrameStep.Payload : FrameStep.Nothing, opener.Open(_buffer.AsSpan(0, both), out int consumed, out Range place));
        Assert.Equal((length, Vectors.Hex(Count(payload))), (consumed, Vectors.Hex(_buffer[place])));
        Assert.Equal(FrameStep.Payload, opener.Open(_buffer.AsSpan(length, both - length), out consumed, out place));
        Assert.Equal("next", Encoding.ASCII.GetString(_buffer.AsSpan(length, consumed)[place]));
    }

    [Fact]
    public void Open_WithAnyByteChanged_IsBroken()
    {
        for (int at = 2; at < 121; at++)
        {
            (FrameSealer sealer, FrameOpener opener) = Pair();
            int length = sealer.Seal(PacketType.Payload, Count(100), 0, _buffer);
            _buffer[at] ^= 0x80;
            Assert.Equal(FrameStep.Broken, opener.Open(_buffer.AsSpan(0, length), out _, out _));
        }
    }

    [Fact]
    public void Open_OfAFrameAgain_IsBroken()
    {
        (FrameSealer sealer, FrameOpener opener) = Pair();
        int length = sealer.Seal(PacketType.Payload, "x"u8, 0, _buffer);
        byte[] again = _buffer[..length];
        Assert.Equal(FrameStep.Payload, opener.Open(_buffer.AsSpan(0, length), out _, out _));
        byte[] received = [.. again, .. new byte[2 * FrameSizes.Longest]];
        Assert.Equal(FrameStep.Broken, opener.Open(received, out _, out _));
    }

    /// <summary>
    /// Any length is awaited in its range and then fails as a wrong tag does: when the connection ends does not tell which length was meant (O4-32).
    /// </summary>
    [Fact]
    public void Open_OfAnImpossibleLength_AwaitsSomeBytesAndIsBroken()
    {
        var awaited = new HashSet<int>();
        using SessionKeys keys = Keys();
        foreach (int length in new[] { 0, 1, 15, 1447, 0x7fff, 0xffff })
        {
            for (int round = 0; round < 20; round++)
            {
                var opener = new FrameOpener(new(keys.ClientToServer));
                byte[] received = new byte[FrameSizes.Longest];
                (received[0], received[1]) = ((byte)((length >> 8) ^ 0x53), (byte)(length ^ 0x01));
                int needed = 0;
                FrameStep step;
                while ((step = opener.Open(received.AsSpan(0, needed), out _, out _)) == FrameStep.NeedsMore)
                {
                    needed++;
                }

                Assert.Equal(FrameStep.Broken, step);
                Assert.InRange(needed, 2 + 16, FrameSizes.Longest);
                awaited.Add(needed);
            }
        }

        Assert.True(awaited.Count > 30); // of 120 draws from 1,431 lengths
    }

    [Fact]
    public void Open_OfTheLeastLength_HasNoRoomForAHeader() => AssertSealed([], FrameStep.Broken);

    [Fact]
    public void Open_OfTwoBytes_HasNoRoomForAHeader() => AssertSealed([0, 0], FrameStep.Broken);

    [Fact]
    public void Open_OfALongerPayloadThanThereIs_IsBroken() => AssertSealed([0, 0, 2, 7], FrameStep.Broken);

    [Fact]
    public void Open_OfAnUnknownType_IsNothing() => AssertSealed([2, 0, 1, 7], FrameStep.Nothing);

    [Fact]
    public void Open_OfASeedOfAnotherLength_IsNothing() => AssertSealed([1, 0, 23, .. new byte[30]], FrameStep.Nothing);

    [Fact]
    public void Open_OfASeed_GivesIt() => AssertSealed([1, 0, 24, .. Count(24), 0, 0], FrameStep.Seed);

    [Fact]
    public void Open_OfPaddingThatIsNotZero_GivesThePayload() => AssertSealed([0, 0, 1, 7, 9, 9], FrameStep.Payload);

    [Fact]
    public void Seal_WhenTheNumbersAreUsedUp_Fails()
    {
        using SessionKeys keys = Keys();
        var sealer = new FrameSealer(new(keys.ClientToServer, firstFrame: ulong.MaxValue));
        var opener = new FrameOpener(new(keys.ClientToServer, firstFrame: ulong.MaxValue));
        int length = sealer.Seal(PacketType.Payload, "last"u8, 0, _buffer);
        Assert.Throws<IOException>(() => sealer.Seal("more"u8, _buffer.AsSpan(length)));
        Assert.Equal(FrameStep.Payload, opener.Open(_buffer.AsSpan(0, length), out _, out _));
        FrameStep next = FrameStep.NeedsMore;
        for (int awaited = 0; next == FrameStep.NeedsMore; awaited++)
        {
            next = opener.Open(new byte[awaited], out _, out _);
        }

        Assert.Equal(FrameStep.Broken, next);
    }

    [Theory]
    [InlineData(26, 26, 26)]
    [InlineData(26, 27, 1496)]
    [InlineData(26, 47, 1516)]
    [InlineData(26, 48, 48)]
    [InlineData(26, 5, 1453)]
    [InlineData(1440, 0, 2917)]
    [InlineData(1448, 0, 1448)]
    [InlineData(1474, 10, 2906)]
    [InlineData(0, 1448, 1448)]
    public void Pad_OfTheVectors_GivesTheirLengths(int burst, int target, int result)
    {
        (FrameSealer sealer, FrameOpener opener) = Pair();
        int padding = sealer.Pad(_buffer, burst, target);
        Assert.Equal(result, burst + padding);
        Assert.Equal((0, FrameStep.NeedsMore), OpenAll(opener, _buffer[..padding], out _));
    }

    [Fact]
    public void Pad_OfAnyBurst_EndsAtTheTargetOrAnOverheadBeyond()
    {
        (FrameSealer sealer, _) = Pair();
        for (int burst = 0; burst < FrameSizes.Longest; burst += 7)
        {
            for (int target = 0; target <= FrameSizes.Longest; target += 11)
            {
                int tail = (burst + sealer.Pad(_buffer, burst, target)) % FrameSizes.Longest;
                int missing = (target - burst + FrameSizes.Longest) % FrameSizes.Longest;
                Assert.Equal((target + (missing is > 0 and <= FrameSizes.Overhead ? FrameSizes.Overhead : 0)) % FrameSizes.Longest, tail);
            }
        }
    }

    private void AssertSealed(byte[] plaintext, FrameStep expected)
    {
        using SessionKeys keys = Keys();
        var byHand = new FrameKeys(keys.ClientToServer);
        int length = 16 + plaintext.Length;
        ushort mask = byHand.NextMask();
        byHand.TryNext();
        plaintext.CopyTo(_buffer, 18);
        Sodium.SecretBoxSeal(_buffer.AsSpan(18, plaintext.Length), _buffer.AsSpan(2, 16), byHand.Nonce, byHand.Key);
        (_buffer[0], _buffer[1]) = ((byte)((length ^ mask) >> 8), (byte)(length ^ mask));
        var opener = new FrameOpener(new(keys.ClientToServer));
        Assert.Equal(expected, opener.Open(_buffer.AsSpan(0, 2 + length), out int consumed, out Range place));
        Assert.Equal(2 + length, consumed);
        if (expected is FrameStep.Payload or FrameStep.Seed)
        {
            Assert.Equal(plaintext[3..(3 + plaintext[2])], _buffer[place]);
        }
    }

    private static (int Payload, FrameStep Step) OpenAll(FrameOpener opener, byte[] received, out byte[] payload)
    {
        var all = new MemoryStream();
        int start = 0;
        while (true)
        {
            FrameStep step = opener.Open(received.AsSpan(start), out int consumed, out Range place);
            if (step is FrameStep.NeedsMore or FrameStep.Broken)
            {
                payload = all.ToArray();
                Assert.Equal(received.Length, start);
                return (payload.Length, step);
            }

            all.Write(received.AsSpan(start, consumed)[place]);
            start += consumed;
        }
    }

    private static (FrameSealer Sealer, FrameOpener Opener) Pair()
    {
        using SessionKeys keys = Keys();
        return (new(new(keys.ClientToServer)), new(new(keys.ClientToServer)));
    }

    private static SessionKeys Keys() => new(Vectors.Bytes("51878be725f993477dbbca4d93c30f287c2431de1a788d762fd346cb5d38c1a4"));

    private string Seal(FrameSealer sealer, ReadOnlySpan<byte> payload, int padding) =>
        Vectors.Hex(_buffer.AsSpan(0, sealer.Seal(PacketType.Payload, payload, padding, _buffer)));

    private static byte[] Count(int length) => [.. Enumerable.Range(0, length).Select(value => (byte)value)];

    private static string HashOf(string hex) => Vectors.Hex(SHA256.HashData(Vectors.Bytes(hex)));
}
