using System.Diagnostics.CodeAnalysis;

namespace Plait.Transports.Obfs4;

/// <summary>Hexadecimal digits of others.</summary>
internal static class Hex
{
    /// <summary>Reads digits of either case; false if there is anything else, or their number is odd.</summary>
    internal static bool TryRead(string digits, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : null;
        return bytes is not null;
    }

    /// <summary>The same, for so many bytes.</summary>
    internal static bool TryRead(string digits, int count, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = digits.Length == 2 * count && TryRead(digits, out byte[]? read) ? read : null;
        return bytes is not null;
    }
}
