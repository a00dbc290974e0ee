using Plait.Transports.BuiltIn;

namespace Plait.Configuration;

/// <summary>A transport of one role, with everything the file says of it.</summary>
/// <param name="Name">A C identifier (N1). Case counts (N4).</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Indirect">
/// It ignores the target it is given (C6), so its connections go past the rest of the chain unless the proxy joint
/// catches them. From <c>IndirectTransport</c> or <see cref="IndirectTransports"/>.
/// </param>
/// <param name="ClientJoint">
/// How its streams go on to the next hop. Means nothing for a server, nor for a source that takes no proxy
/// (<see cref="TransportSource.TakesProxy"/>): a program that Plait does not start can only have the shim, a part of Plait has no joint.
/// </param>
/// <param name="ServerJoint">How its streams go on inwards. Means nothing for a client.</param>
/// <param name="Wire">Who owns the network socket where it is the wire hop of its role. Means nothing for a part of Plait.</param>
public sealed record TransportDeclaration(
    string Name, TransportSource Source, bool Indirect, ClientJointChoice ClientJoint, ServerJointChoice ServerJoint, WireChoice Wire)
{
    /// <summary>Whether it dials the network itself where it is a client's wire hop, although it could do so through Plait.</summary>
    [ProgramSeam]
    internal bool DialsItself => Indirect || Wire == WireChoice.Self;

    /// <summary>Whether it listens itself where it is a server's wire hop.</summary>
    [ProgramSeam]
    internal bool ListensItself => Source.Line is not null && Wire != WireChoice.Plait;

    /// <summary>The transports that are part of Plait and need no line, unless a plugin line takes the name.</summary>
    internal static Dictionary<string, TransportDeclaration> InProcess() =>
        InProcessTransports.Clients.Keys.Union(InProcessTransports.Servers.Keys).ToDictionary(name => name, name => new TransportDeclaration(
            name,
            new TransportSource.InProcess(InProcessTransports.Clients.GetValueOrDefault(name), InProcessTransports.Servers.GetValueOrDefault(name)),
            Indirect: false, ClientJointChoice.Automatic, ServerJointChoice.Automatic, WireChoice.Automatic));
}
