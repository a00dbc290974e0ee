using System.Net;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Relays;

namespace Plait.Chains.Server;

/// <summary>Where one child's server transports hand on what they have received: a loopback listener for our own user.</summary>
internal abstract class ServerJoint : IAsyncDisposable
{
    private readonly JointKind _kind;
    private readonly ConnectionListener _listener;

    /// <param name="kind">Which kind.</param>
    /// <param name="program">Whose it is.</param>
    /// <param name="services">What everything shares.</param>
    protected ServerJoint(JointKind kind, ServerPlugin program, HostServices services)
    {
        (_kind, Program, Services) = (kind, program, services);
        var sameUser = new SameUserCheck(program.Name, services.Logger);
        _listener = ConnectionListener.Bind(new(IPAddress.Loopback, 0), program.Budget, ServeAsync, sameUser.Admits);
    }

    /// <summary>Where the joint listens.</summary>
    internal IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>Connections of the child that are open here.</summary>
    internal int Connections => _listener.Connections;

    /// <summary>Completes when no connection is open.</summary>
    internal Task WhenIdleAsync() => _listener.WhenIdleAsync();

    public virtual ValueTask DisposeAsync() => _listener.DisposeAsync();

    protected ServerPlugin Program { get; }

    protected HostServices Services { get; }

    /// <summary>Begins to accept; the joint has been constructed.</summary>
    protected void Open() => _listener.Open();

    /// <summary>Serves one connection of the child.</summary>
    protected abstract Task ServeAsync(SocketConnection child, CancellationToken stopping);

    /// <summary>Takes a stream of the child inwards, until it ends.</summary>
    /// <param name="connection">Whose stream it is.</param>
    /// <param name="hop">The hop that it comes out of.</param>
    /// <param name="child">The stream.</param>
    /// <param name="granted">Tells the child that the way on stands; null if the protocol has no word for it.</param>
    /// <param name="denied">Tells it that there is none.</param>
    /// <param name="stopping">Fires when Plait stops.</param>
    protected async Task PassAsync(
        ServerConnection connection, int hop, SocketConnection child, Func<ValueTask>? granted, Func<Task>? denied, CancellationToken stopping)
    {
        connection.Connection.Hops[hop].Joint = _kind;
        try
        {
            RelayResult result = await connection.Chain.PassInwardAsync(connection, hop, child, granted, stopping).ConfigureAwait(false);
            if (connection.BeganAtJoint)
            {
                await Services.Reporter.EndedAsync(connection.Connection, result.Fault, result.Backward, result.Forward).ConfigureAwait(false);
            }
        }
        catch (ChainException e)
        {
            await Services.Reporter.FailedAsync(connection.Connection, e.Failure, denied is null ? null : _ => denied()).ConfigureAwait(false);
        }
        finally
        {
            connection.Connection.End();
            if (connection.BeganAtJoint)
            {
                await connection.Connection.DisposeAsync().ConfigureAwait(false); // it has no other owner
            }
        }
    }
}
