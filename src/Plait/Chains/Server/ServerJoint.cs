using System.Net;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;

namespace Plait.Chains.Server;

/// <summary>Where one child's server transports hand on what they have received: a loopback listener for our own user.</summary>
internal abstract class ServerJoint : ServerEntrance
{
    private readonly JointKind _kind;

    /// <param name="kind">Which kind.</param>
    /// <param name="owner">Whose it is.</param>
    protected ServerJoint(JointKind kind, JointOwner owner)
        : base(new(IPAddress.Loopback, 0), owner.Budget, owner.Services, new SameUserCheck(owner.Name, owner.Services.Logger).Admits) =>
        (_kind, Owner) = (kind, owner);

    protected JointOwner Owner { get; }

    protected override bool ReportsBeforeItCloses => true;

    /// <summary>Takes a stream that the child has brought inwards, until it ends.</summary>
    protected Task PassAsync(Arrival arrival, SocketConnection child, CancellationToken stopping)
    {
        ChainConnection connection = arrival.Connection.Connection;
        if (arrival.Begins && Owner.Running() is { } process) // a child that was dialled is known since then
        {
            process.Lives();
            connection.ServedBy(arrival.Hop, process, Owner.Name);
        }

        connection.Hops[arrival.Hop].Joint = _kind;
        return RunAsync(arrival, child, stopping);
    }

    /// <summary>Logs that a stream belongs to no connection; nothing for null.</summary>
    protected void LogUnknown(SafeText? why)
    {
        if (why is not null)
        {
            ChainLog.UnknownArrival(Services.Logger, Owner.Name, why);
        }
    }
}
