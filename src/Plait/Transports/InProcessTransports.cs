namespace Plait.Transports;

/// <summary>The in-process transports that are part of Plait.</summary>
public static class InProcessTransports
{
    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, IInProcessTransport> All { get; } =
        new IInProcessTransport[] { new IdentityTransport(), new Base64Transport() }.ToDictionary(transport => transport.Name);
}
