namespace Plait.Chains.Server;

/// <summary>What serves hops of a bridge at run time: a plugin line's program, or a transport inside Plait.</summary>
internal interface IServerPlugin : IPlugin
{
    /// <summary>The joints to which it brings its streams.</summary>
    IEnumerable<ServerJoint> Joints => [];

    /// <summary>The joints of a program to which clients come at the wire: each of their connections is a client's.</summary>
    IEnumerable<ServerJoint> WireJoints => [];

    /// <summary>Dials to its listeners that it has not brought to a joint yet.</summary>
    int OutstandingDials => 0;

    /// <summary>The chains that came up.</summary>
    void Serve(IReadOnlyDictionary<string, ServerChain> chains)
    {
    }
}
