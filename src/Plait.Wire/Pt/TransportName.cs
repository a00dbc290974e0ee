namespace Plait.Wire.Pt;

/// <summary>The rule for names of transports and chain aliases (N1, N2).</summary>
public static class TransportName
{
    /// <summary>
    /// Whether <paramref name="name"/> is a C identifier in ASCII: <c>[A-Za-z_][A-Za-z0-9_]*</c>, of any length.
    /// </summary>
    /// <param name="name">Any text.</param>
    public static bool IsValid(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || char.IsAsciiDigit(name[0]))
        {
            return false;
        }

        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }

        return true;
    }
}
