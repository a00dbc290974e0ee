using Plait.Configuration;

namespace Plait.Chains.Client;

/// <summary>A plugin line of a client at run time.</summary>
internal interface IClientPlugin : IPlugin
{
    /// <summary>The joints that its processes use as their proxy.</summary>
    IEnumerable<ClientJoint> Joints { get; }

    /// <summary>Connections of its processes that are open at joints: a counter for G7.</summary>
    int JointConnections => Joints.Sum(joint => joint.Connections);

    /// <summary>Connections that its joints wait for, or that go through them.</summary>
    int Tickets => Joints.Sum(joint => joint.Tickets);

    /// <summary>A hop that one of its transports is.</summary>
    ClientHop HopOf(TransportDeclaration transport);
}
