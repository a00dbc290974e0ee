using System.Diagnostics.CodeAnalysis;

namespace Plait.Fuzz.Engine;

/// <summary>An invariant does not hold.</summary>
internal sealed class InvariantException(string message) : Exception(message);

/// <summary>Checks of invariants.</summary>
internal static class Check
{
    /// <summary>Fails with <paramref name="what"/> unless <paramref name="holds"/>.</summary>
    /// <param name="holds">Whether it does.</param>
    /// <param name="what">What should have held.</param>
    internal static void That([DoesNotReturnIf(false)] bool holds, string what)
    {
        if (!holds)
        {
            throw new InvariantException(what);
        }
    }

    /// <summary>Fails unless both are equal, and says both.</summary>
    internal static void Equal<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new InvariantException($"{what}: expected {expected}, but it is {actual}");
        }
    }

    /// <summary>Fails unless the text can be printed as one line of a log or of the managed-proxy protocol (M2).</summary>
    internal static void OneLine(string text, string what) =>
        That(!text.AsSpan().ContainsAnyExceptInRange(' ', '~'), $"{what} is not one line of printable ASCII");
}
