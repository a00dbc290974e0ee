using System.Collections;
using System.Text;
using QRCoder;

namespace Plait.Cli.Tunnels;

/// <summary>A QR code in characters: two rows of it in each line, by half blocks.</summary>
internal static class QrText
{
    /// <summary>Draws a text.</summary>
    /// <param name="text">At most some 2,900 bytes.</param>
    /// <param name="hasColours">Black on white whatever the terminal's colours; otherwise full blocks are the light parts.</param>
    internal static string Draw(string text, bool hasColours)
    {
        using var generator = new QRCodeGenerator();
        using QRCodeData code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.L);
        List<BitArray> rows = code.ModuleMatrix; // with its quiet zone
        var drawn = new StringBuilder();
        for (int y = 0; y < rows.Count; y += 2)
        {
            drawn.Append(hasColours ? "\u001B[97;40m" : "");
            for (int x = 0; x < rows[y].Length; x++)
            {
                bool upper = !rows[y][x], lower = y + 1 < rows.Count && !rows[y + 1][x];
                drawn.Append((upper, lower) switch
                {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    _ => ' ',
                });
            }

            drawn.Append(hasColours ? "\u001B[0m\n" : "\n");
        }

        return drawn.ToString();
    }
}
