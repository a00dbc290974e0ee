using System.Text;

namespace Plait.Wire.Tests.Support;

/// <summary>Bytes as the vectors write them.</summary>
internal static class Hex
{
    /// <summary>Hex digits to bytes; blanks separate fields and mean nothing.</summary>
    internal static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    internal static string Text(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>The hex digits of an ASCII text.</summary>
    internal static string Ascii(string text) => Text(Encoding.ASCII.GetBytes(text));
}
