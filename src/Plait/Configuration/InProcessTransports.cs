namespace Plait.Configuration;

/// <summary>The transports that are part of Plait and need no line, unless a plugin line takes the name.</summary>
public static class InProcessTransports
{
    /// <summary>
    /// <c>dummy</c> passes bytes on as they are, <c>b64</c> writes them as base64. Both hide nothing: they are for trying
    /// a chain out.
    /// </summary>
    public static IReadOnlyList<string> Names { get; } = ["dummy", "b64"];

    internal static Dictionary<string, TransportDeclaration> Declare() =>
        Names.ToDictionary(name => name, Declare, StringComparer.Ordinal);

    private static TransportDeclaration Declare(string name) =>
        new(name, new TransportSource.InProcess(), Indirect: false, ClientJointChoice.Automatic, ServerJointChoice.Automatic);
}
