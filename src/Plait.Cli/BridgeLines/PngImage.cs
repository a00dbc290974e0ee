using System.Buffers.Binary;
using System.IO.Compression;

namespace Plait.Cli.BridgeLines;

/// <summary>A PNG image as brightness (PNG specification, third edition). Interlaced images are refused: programs that take screenshots write none.</summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Brightness">A byte for each pixel, rows from the top: 0 is black. What is transparent by an alpha channel or in a palette is white.</param>
internal sealed record PngImage(int Width, int Height, byte[] Brightness)
{
    private const int MaxSide = 16384;
    // More than a screen has, and what fits into the address space that the program takes at most (G6): a byte for each, and copies of them.
    private const int MaxPixels = 16_777_216;

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads a file.</summary>
    /// <param name="file">Its bytes.</param>
    /// <exception cref="InvalidDataException">It is not such an image. The message says why, in words after "the picture".</exception>
    internal static PngImage Read(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith(Signature))
        {
            throw new InvalidDataException("is no PNG; save it as one");
        }

        Header? header = null;
        byte[] palette = [], transparency = [];
        using var data = new MemoryStream();
        ReadOnlySpan<byte> rest = file[Signature.Length..];
        while (rest.Length >= 12)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
            {
                throw Cut();
            }

            ReadOnlySpan<byte> kind = rest[4..8], body = rest.Slice(8, (int)length);
            rest = rest[(12 + (int)length)..];
            if (kind.SequenceEqual("IHDR"u8))
            {
                header = Header.Read(body);
            }
            else if (kind.SequenceEqual("PLTE"u8))
            {
                palette = body.ToArray();
            }
            else if (kind.SequenceEqual("tRNS"u8))
            {
                transparency = body.ToArray();
            }
            else if (kind.SequenceEqual("IDAT"u8))
            {
                data.Write(body);
            }
            else if (kind.SequenceEqual("IEND"u8))
            {
                break;
            }
        }

        data.Position = 0;
        return header is null ? throw Cut() : Decode(header, palette, transparency, data);
    }

    private static InvalidDataException Cut() => new("is cut or damaged; save it again");

    private static PngImage Decode(Header header, byte[] palette, byte[] transparency, Stream data)
    {
        byte[] brightness = new byte[header.Width * header.Height];
        byte[] row = new byte[header.RowBytes], before = new byte[header.RowBytes];
        try
        {
            using var pixels = new ZLibStream(data, CompressionMode.Decompress);
            for (int y = 0; y < header.Height; y++)
            {
                int filter = pixels.ReadByte();
                pixels.ReadExactly(row);
                Unfilter(filter, row, before, header.PixelBytes);
                for (int x = 0; x < header.Width; x++)
                {
                    brightness[(y * header.Width) + x] = header.BrightnessAt(row, x, palette, transparency);
                }

                (row, before) = (before, row);
            }
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException) // of the packed data, too
        {
            throw Cut();
        }

        return new(header.Width, header.Height, brightness);
    }

    /// <summary>Undoes what a row was filtered with before it was packed: "Filtering" in the specification.</summary>
    private static void Unfilter(int filter, Span<byte> row, ReadOnlySpan<byte> before, int pixel)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int left = i >= pixel ? row[i - pixel] : 0, above = before[i], corner = i >= pixel ? before[i - pixel] : 0;
            row[i] += filter switch
            {
                0 => 0,
                1 => (byte)left,
                2 => (byte)above,
                3 => (byte)((left + above) / 2),
                4 => (byte)Paeth(left, above, corner),
                _ => throw Cut(),
            };
        }
    }

    private static int Paeth(int left, int above, int corner)
    {
        int estimate = left + above - corner;
        int fromLeft = Math.Abs(estimate - left), fromAbove = Math.Abs(estimate - above), fromCorner = Math.Abs(estimate - corner);
        return fromLeft <= fromAbove && fromLeft <= fromCorner ? left : fromAbove <= fromCorner ? above : corner;
    }

    private sealed record Header(int Width, int Height, int Depth, ColourType Colour)
    {
        private int Channels => Colour switch
        {
            ColourType.Rgb => 3,
            ColourType.GreyAlpha => 2,
            ColourType.RgbAlpha => 4,
            _ => 1,
        };

        internal int PixelBytes => Math.Max(1, Channels * Depth / 8);

        internal int RowBytes => ((Width * Channels * Depth) + 7) / 8;

        internal static Header Read(ReadOnlySpan<byte> body)
        {
            if (body.Length != 13)
            {
                throw Cut();
            }

            uint width = BinaryPrimitives.ReadUInt32BigEndian(body), height = BinaryPrimitives.ReadUInt32BigEndian(body[4..]);
            if (width is 0 or > MaxSide || height is 0 or > MaxSide || width * height > MaxPixels)
            {
                throw new InvalidDataException("is empty or too large; cut it down to the code");
            }

            var colour = (ColourType)body[9];
            bool known = (colour, body[8]) is (ColourType.Grey, 1 or 2 or 4 or 8 or 16) or (ColourType.Palette, 1 or 2 or 4 or 8)
                or (ColourType.Rgb or ColourType.GreyAlpha or ColourType.RgbAlpha, 8 or 16);
            return !known || body[10] != 0 || body[11] != 0 ? throw Cut()
                : body[12] != 0 ? throw new InvalidDataException("is interlaced, which is not read; save it without that")
                : new((int)width, (int)height, body[8], colour);
        }

        internal byte BrightnessAt(ReadOnlySpan<byte> row, int x, byte[] palette, byte[] transparency)
        {
            switch (Colour)
            {
                case ColourType.Palette:
                    int index = Sample(row, x);
                    return index * 3 + 2 >= palette.Length ? throw Cut()
                        : Grey(palette[index * 3], palette[(index * 3) + 1], palette[(index * 3) + 2], index < transparency.Length ? transparency[index] : 255);
                case ColourType.Grey:
                    return Depth == 16 ? row[x * 2] : (byte)(Sample(row, x) * 255 / ((1 << Depth) - 1));
                default:
                    int step = Depth / 8, at = x * Channels * step; // of 16 bits the first byte is enough
                    return Colour switch
                    {
                        ColourType.GreyAlpha => Grey(row[at], row[at], row[at], row[at + step]),
                        _ => Grey(row[at], row[at + step], row[at + (2 * step)], Colour == ColourType.RgbAlpha ? row[at + (3 * step)] : 255),
                    };
            }
        }

        private int Sample(ReadOnlySpan<byte> row, int x)
        {
            int bit = x * Depth;
            return Depth == 8 ? row[x] : (row[bit / 8] >> (8 - Depth - (bit % 8))) & ((1 << Depth) - 1);
        }

        private static byte Grey(int red, int green, int blue, int alpha) =>
            (byte)(((((red * 299) + (green * 587) + (blue * 114)) / 1000 * alpha) + (255 * (255 - alpha))) / 255);
    }

    private enum ColourType
    {
        Grey = 0,
        Rgb = 2,
        Palette = 3,
        GreyAlpha = 4,
        RgbAlpha = 6,
    }
}
