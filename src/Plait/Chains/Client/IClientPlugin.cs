using Plait.Configuration;

namespace Plait.Chains.Client;

/// <summary>A plugin line of a client at run time.</summary>
internal interface IClientPlugin : IPlugin
{
    /// <summary>The joints that its processes use as their proxy.</summary>
    IEnumerable<ClientJoint> Joints { get; }

    /// <summary>A hop that one of its transports is.</summary>
    ClientHop HopOf(TransportDeclaration transport);
}
