using System.Buffers.Binary;
using System.IO.Compression;
using QRCoder;

namespace Plait.SystemTests.BridgeLines;

/// <summary>PNG files of QR codes, in each form that PNG has.</summary>
internal static class Pictures
{
    private const int Scale = 4; // pixels of a module

    /// <summary>The forms: type of colour and bits of a sample.</summary>
    public static IReadOnlyList<(int Colour, int Depth)> Forms { get; } =
        [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)];

    /// <summary>A picture of a code.</summary>
    /// <param name="text">What it says.</param>
    /// <param name="colour">The type of colour.</param>
    /// <param name="depth">Bits of a sample.</param>
    /// <param name="inverted">Light on dark.</param>
    public static byte[] Of(string text, int colour = 0, int depth = 8, bool inverted = false)
    {
        using QRCodeData code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.L);
        int side = code.ModuleMatrix.Count * Scale;
        int channels = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        var rows = new MemoryStream();
        byte[] before = new byte[((side * channels * depth) + 7) / 8];
        for (int y = 0; y < side; y++)
        {
            byte[] row = new byte[before.Length];
            for (int x = 0; x < side; x++)
            {
                bool light = code.ModuleMatrix[y / Scale][x / Scale] == inverted;
                for (int channel = 0; channel < channels; channel++)
                {
                    bool alpha = channel == channels - 1 && colour is 4 or 6;
                    Put(row, ((x * channels) + channel) * depth, depth, alpha || light);
                }
            }

            WriteFiltered(rows, y % 5, row, before, Math.Max(1, channels * depth / 8));
            before = row;
        }

        var whole = new MemoryStream();
        whole.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), side);
        (header[8], header[9]) = ((byte)depth, (byte)colour);
        Chunk(whole, "IHDR"u8, header);
        if (colour == 3)
        {
            byte[] palette = [.. Enumerable.Repeat((byte)0, ((1 << depth) - 1) * 3), 255, 255, 255];
            Chunk(whole, "PLTE"u8, palette);
        }

        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(rows.ToArray());
        }

        byte[] data = packed.ToArray(); // in two chunks, as programs write them
        Chunk(whole, "IDAT"u8, data.AsSpan(0, data.Length / 2));
        Chunk(whole, "IDAT"u8, data.AsSpan(data.Length / 2));
        Chunk(whole, "IEND"u8, []);
        return whole.ToArray();
    }

    /// <summary>A picture that is black everywhere, and so large.</summary>
    public static byte[] Black(int width, int height)
    {
        var whole = new MemoryStream();
        whole.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        Chunk(whole, "IHDR"u8, header);
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] row = new byte[width + 1];
            for (int y = 0; y < height; y++)
            {
                zlib.Write(row);
            }
        }

        Chunk(whole, "IDAT"u8, packed.ToArray());
        Chunk(whole, "IEND"u8, []);
        return whole.ToArray();
    }

    private static void Put(byte[] row, int bit, int depth, bool light)
    {
        for (int i = 0; light && i < depth; i++)
        {
            row[(bit + i) / 8] |= (byte)(0x80 >> ((bit + i) % 8));
        }
    }

    private static void WriteFiltered(MemoryStream rows, int filter, byte[] row, byte[] before, int pixel)
    {
        rows.WriteByte((byte)filter);
        for (int i = 0; i < row.Length; i++)
        {
            int left = i >= pixel ? row[i - pixel] : 0, above = before[i], corner = i >= pixel ? before[i - pixel] : 0;
            int estimate = left + above - corner;
            int paeth = new[] { left, above, corner }.MinBy(each => Math.Abs(estimate - each));
            rows.WriteByte((byte)(row[i] - (filter switch { 0 => 0, 1 => left, 2 => above, 3 => (left + above) / 2, _ => paeth })));
        }
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> body)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, body.Length);
        file.Write(number);
        file.Write(kind);
        file.Write(body);
        file.Write([0, 0, 0, 0]); // a check sum, which no reader here looks at
    }
}
