using System.Net;

namespace Plait.Chains.Server;

/// <summary>Where a child's server transports hand on what they have received.</summary>
internal interface IServerJoint : IAsyncDisposable
{
    /// <summary>Where the joint listens.</summary>
    IPEndPoint EndPoint { get; }

    /// <summary>Dials that a child has not brought back and that are not closed: a counter for G7.</summary>
    int Outstanding { get; }

    /// <summary>Connections of children that are open here.</summary>
    int Connections { get; }
}
