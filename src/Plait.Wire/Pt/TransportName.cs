namespace Plait.Wire.Pt;

/// <summary>The names that transports and chain aliases may have (N1, N2).</summary>
public static class TransportName
{
    /// <summary>
    /// Whether <paramref name="name"/> is a C identifier in ASCII: <c>[A-Za-z_][A-Za-z0-9_]*</c>, of any length.
    /// </summary>
    /// <param name="name">The name as written.</param>
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
