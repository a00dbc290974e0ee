using Plait.Configuration;
using Plait.Hops;
using Plait.Hops.Assemblies;
using Plait.Hops.InProcess;
using Plait.Hops.Managed;
using Plait.Hops.Tunnels;
using Plait.Hops.Unmanaged;

namespace Plait.Hosting;

/// <summary>A kind of hop: what provides the hops that come from one kind of <see cref="TransportSource"/>.</summary>
/// <param name="Source">The type of their sources.</param>
/// <param name="Client">Makes the provider of a client.</param>
/// <param name="Server">Makes the provider of a bridge; null if no bridge can have such a hop, which the plaitrc is checked for.</param>
internal sealed record HopKind(
    Type Source, Func<ClientSurroundings, ClientHopProvider> Client, Func<ServerSurroundings, ServerHopProvider>? Server)
{
    /// <summary>All kinds. A new one is a folder in Hops and a line here; its word in the plaitrc is a line in <see cref="PluginReader"/>.</summary>
    internal static IReadOnlyList<HopKind> All { get; } =
    [
        new(typeof(TransportSource.Managed), client => new ManagedClientHopProvider(client), server => new ManagedServerHopProvider(server)),
        new(typeof(TransportSource.Unmanaged), client => new UnmanagedClientHopProvider(client), Server: null),
        new(typeof(TransportSource.SocksProgram), client => new SocksProgramHopProvider(client), Server: null),
        new(typeof(TransportSource.Tunnel), client => new TunnelClientHopProvider(client), server => new TunnelServerHopProvider(server)),
        new(typeof(TransportSource.InProcess), _ => new InProcessClientHopProvider(),
            server => new InProcessServerHopProvider(server, typeof(TransportSource.InProcess))),
        new(typeof(TransportSource.Assembly), client => new AssemblyClientHopProvider(client),
            server => new InProcessServerHopProvider(server, typeof(TransportSource.Assembly))),
    ];
}
