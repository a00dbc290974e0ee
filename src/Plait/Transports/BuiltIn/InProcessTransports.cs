using Plait.Transports.Obfs3;
using Plait.Transports.Obfs4;

namespace Plait.Transports.BuiltIn;

/// <summary>The transports that are part of Plait, by name. A plugin line of the same name takes precedence.</summary>
public static class InProcessTransports
{
    /// <summary>The client sides.</summary>
    public static IReadOnlyDictionary<string, IClientTransport> Clients { get; } =
        new IClientTransport[] { new IdentityTransport(), new Base64Transport(), new Obfs3Transport(), new Obfs4Transport() }
            .ToDictionary(transport => transport.Name);

    /// <summary>The server sides.</summary>
    public static IReadOnlyDictionary<string, IServerTransport> Servers { get; } =
        new IServerTransport[] { new IdentityTransport(), new Base64Transport(), new Obfs3Transport(), new Obfs4Transport() }
            .ToDictionary(transport => transport.Name);
}
