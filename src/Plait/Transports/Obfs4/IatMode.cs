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

    /// <summary>
    /// What a bridge of this mode offers its clients. A real client in mode 2 draws from the bridge's table, and panics when it draws 0 (O4-46):
    /// then it is offered mode 1.
    /// </summary>
    internal static IatMode Offered(IatMode mode, Shape shape) =>
        mode == IatMode.Paranoid && shape.Lengths.Values.Contains((short)0) ? IatMode.Enabled : mode;

    /// <summary>Whether the number is a mode.</summary>
    internal static bool IsOne(int number) => number is >= (int)IatMode.None and <= (int)IatMode.Paranoid;
}
