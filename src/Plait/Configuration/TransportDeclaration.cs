namespace Plait.Configuration;

/// <summary>A transport of one role, with everything the file says of it.</summary>
/// <param name="Name">A C identifier (N1). Case counts (N4).</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Indirect">
/// It ignores the target it is given (C6), so its connections go past the rest of the chain unless the proxy joint
/// catches them. From <c>IndirectTransport</c> or <see cref="IndirectTransports"/>.
/// </param>
/// <param name="ClientJoint">
/// How its streams go on to the next hop. Means nothing for a server, nor for a source other than
/// <see cref="TransportSource.Managed"/>: an unmanaged transport can only have the shim, an in-process one has no joint.
/// </param>
/// <param name="ServerJoint">How its streams go on inwards. Means nothing for a client.</param>
/// <param name="Wire">Who owns the network socket where it is the wire hop of its role. Means nothing in process.</param>
public sealed record TransportDeclaration(
    string Name, TransportSource Source, bool Indirect, ClientJointChoice ClientJoint, ServerJointChoice ServerJoint, WireChoice Wire)
{
    /// <summary>The transports that are part of Plait and need no line, unless a plugin line takes the name.</summary>
    internal static Dictionary<string, TransportDeclaration> InProcess() => Transports.InProcessTransports.All.Keys.ToDictionary(
        name => name,
        name => new TransportDeclaration(
            name, new TransportSource.InProcess(), Indirect: false, ClientJointChoice.Automatic, ServerJointChoice.Automatic, WireChoice.Automatic));
}
