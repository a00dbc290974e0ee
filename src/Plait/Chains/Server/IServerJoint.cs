using System.Net;

namespace Plait.Chains.Server;

/// <summary>Where a child's server transports hand on what they have received.</summary>
internal interface IServerJoint : IAsyncDisposable
{
    /// <summary>Where the joint listens.</summary>
    IPEndPoint EndPoint { get; }

    /// <summary>Connections of children that are open here.</summary>
    int Connections { get; }
}
