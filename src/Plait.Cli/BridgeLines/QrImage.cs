using Plait.Diagnostics.Failures;
using Plait.Native;
using ZXing;
using ZXing.Common;
using ZXing.Multi.QrCode;

namespace Plait.Cli.BridgeLines;

/// <summary>The text of the QR codes in a picture.</summary>
internal static class QrImage
{
    private const int MaxBytes = 32 << 20; // larger than any screenshot (G6)

    /// <summary>Reads a PNG file.</summary>
    /// <param name="path">Where it is.</param>
    /// <returns>What the codes say, each on lines of its own.</returns>
    /// <exception cref="LineException">It cannot be read, or has no code.</exception>
    internal static string Read(string path)
    {
        try
        {
            if (!Path.Exists(path))
            {
                throw new LineException(ExitCode.NoInput, $"there is no file {Path.GetFullPath(path)}; write the path of the picture after --from-qr");
            }

            if (FileStatus.Of(path) is not { IsRegular: true } || new FileInfo(path).Length > MaxBytes)
            {
                throw new LineException(ExitCode.NoInput, $"{path} is no file with a picture of at most 32 MiB");
            }

            return Decode(PngImage.Read(File.ReadAllBytes(path)))
                ?? throw new LineException(ExitCode.NoInput, $"no QR code is found in the picture {path}; cut it down to the code, with a light margin");
        }
        catch (InvalidDataException e)
        {
            throw new LineException(ExitCode.NoInput, $"the picture {path} {e.Message}");
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            throw new LineException(ExitCode.NoInput, $"the picture {path} cannot be read: {e.Message}");
        }
    }

    private static string? Decode(PngImage image)
    {
        var source = new RGBLuminanceSource(image.Brightness, image.Width, image.Height, RGBLuminanceSource.BitmapFormat.Gray8);
        var hints = new Dictionary<DecodeHintType, object> { [DecodeHintType.TRY_HARDER] = true, [DecodeHintType.CHARACTER_SET] = "UTF-8" };
        foreach (LuminanceSource side in new[] { source, source.invert() }) // a dark theme
        {
            foreach (Binarizer binarizer in new Binarizer[] { new HybridBinarizer(side), new GlobalHistogramBinarizer(side) })
            {
                if (new QRCodeMultiReader().decodeMultiple(new(binarizer), hints) is { Length: > 0 } codes)
                {
                    return string.Join('\n', codes.Select(code => code.Text));
                }
            }
        }

        return null;
    }
}
