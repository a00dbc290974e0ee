using System.Globalization;

namespace Plait.Transports.Obfs4;

/// <summary>What a side does about the times between its writes. Each side chooses its own (O4-8, O4-45).</summary>
internal enum IatMode
{
    /// <summary>Nothing: each burst is one write.</summary>
    None = 0,

    /// <summary>A burst is written a segment at a time, with a delay after each.</summary>
    Enabled = 1,

    /// <summary>Each write has a length of the table, with a delay after each.</summary>
    Paranoid = 2,
}

/// <summary>Reads the value of <c>iat-mode</c>.</summary>
internal static class IatModes
{
    /// <summary>Whether a text is a decimal number as Go reads one: perhaps a sign, then digits.</summary>
    internal static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    /// <summary>Whether the number is a mode.</summary>
    internal static bool IsOne(int number) => number is >= (int)IatMode.None and <= (int)IatMode.Paranoid;
}
