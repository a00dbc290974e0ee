using System.Net;
using Plait.Processes;

namespace Plait.Chains.Server;

/// <summary>A server's program that is no pluggable transport: one transport at one position, which listens where it is told to.</summary>
internal interface IServerProgram
{
    /// <summary>Makes the joint that it forwards to.</summary>
    ServerJoint NewJoint(JointOwner owner);

    /// <summary>One start.</summary>
    /// <param name="listen">Where it is to listen; the port is not 0.</param>
    /// <param name="joint">Where it is to forward to.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="LaunchException">It failed; no process is left.</exception>
    Task<LaunchedTransports> LaunchAsync(IPEndPoint listen, IPEndPoint joint, CancellationToken cancellationToken);
}
