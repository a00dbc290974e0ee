using System.Text;

namespace Plait.Wire.Tests.Pt.Messages;

public sealed class LineAssemblerTests
{
    [Fact] // M3, M4
    public void TryRead_AnyCut_SameLines()
    {
        byte[] input = "VERSION 1\r\n\nCMETHODS DONE\n\r\r\né\nfragment"u8.ToArray();
        foreach (byte[][] pieces in Cuts.All(input))
        {
            var assembler = new LineAssembler(100);
            List<string> lines = [];
            foreach (byte[] piece in pieces)
            {
                Feed(assembler, piece, lines);
            }

            Assert.Equal(["VERSION 1", "", "CMETHODS DONE", "\r", "é"], lines);
            Assert.True(assembler.TryReadRemainder(out string? rest));
            Assert.Equal("fragment", rest);
            Assert.False(assembler.TryReadRemainder(out _));
        }
    }

    [Fact] // M4: the excess of one line is dropped, the next line is whole
    public void TryRead_LineTooLong_TruncatedAtAnyCut()
    {
        foreach (byte[][] pieces in Cuts.All("12345678\r\n1234567\r\n1234567\rx\nok\n"u8.ToArray()))
        {
            var assembler = new LineAssembler(8);
            List<string> lines = [];
            foreach (byte[] piece in pieces)
            {
                Feed(assembler, piece, lines);
            }

            Assert.Equal(["12345678 (cut)", "1234567", "1234567\r (cut)", "ok"], lines);
        }
    }

    [Fact]
    public void TryReadRemainder_LineTooLong_Truncated()
    {
        var assembler = new LineAssembler(4);
        Assert.Equal(10, assembler.Append("0123456789"u8));
        Assert.False(assembler.TryRead(out _, out _));
        Assert.True(assembler.TryReadRemainder(out string? rest));
        Assert.Equal("0123", rest);
    }

    [Fact] // the memory is bounded, however much arrives at once
    public void Append_MoreThanTheCap_TakesPartUntilRead()
    {
        var assembler = new LineAssembler(100);
        byte[] flood = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("x\n", 1000)));
        Assert.Equal(100, assembler.Append(flood));
        Assert.Equal(0, assembler.Append(flood));
        for (int i = 0; i < 50; i++)
        {
            Assert.True(assembler.TryRead(out string? line, out _));
            Assert.Equal("x", line);
        }

        Assert.False(assembler.TryRead(out _, out _));
        Assert.Equal(100, assembler.Append(flood));
    }

    [Fact]
    public void Append_UpToTheCapWithNothingWaiting_TakenWhole() => Generators.ForAll(Generators.Bytes, bytes =>
    {
        var assembler = new LineAssembler(Math.Max(1, bytes.Length));
        bool whole = assembler.Append(bytes) == bytes.Length;
        while (assembler.TryRead(out _, out _))
        {
        }

        return whole && assembler.Append(bytes) == bytes.Length;
    });

    [Fact]
    public void TryRead_InvalidUtf8_Replaced()
    {
        var assembler = new LineAssembler(10);
        assembler.Append([0xFF, (byte)'a', (byte)'\n']);
        Assert.True(assembler.TryRead(out string? line, out bool truncated));
        Assert.Equal(("\uFFFDa", false), (line, truncated));
    }

    // The loop that LineAssembler's documentation asks for.
    private static void Feed(LineAssembler assembler, ReadOnlySpan<byte> bytes, List<string> lines)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[assembler.Append(bytes)..];
            while (assembler.TryRead(out string? line, out bool truncated))
            {
                lines.Add(truncated ? $"{line} (cut)" : line);
            }
        }
    }
}
