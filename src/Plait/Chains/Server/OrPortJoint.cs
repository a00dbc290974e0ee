using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Relays;

namespace Plait.Chains.Server;

/// <summary>
/// The server joint for children that know no Extended ORPort: a plain listener. It belongs to one position where that was
/// known beforehand, so that the chain is certain; the client is, only if exactly one connection can be meant (G1).
/// </summary>
internal sealed class OrPortJoint : IServerJoint
{
    private readonly ServerProgram _program;
    private readonly Runtime _runtime;
    private readonly ConcurrentDictionary<IPEndPoint, TaskCompletionSource> _markers = new();
    private readonly ConnectionListener _listener;
    private int _toldUncertain;

    internal OrPortJoint(ServerProgram program, Runtime runtime)
    {
        _program = program;
        _runtime = runtime;
        var door = new OwnUserDoor(program.Name, runtime.Logger);
        _listener = ConnectionListener.Start(new(IPAddress.Loopback, 0), runtime.JointBudget, ServeAsync, door.Admits);
    }

    public IPEndPoint EndPoint => _listener.EndPoint;

    public int Connections => _listener.Connections;

    /// <summary>
    /// Waits until every connection that was made to this joint before the call has been looked at. A connection of
    /// our own, marked by its source address, goes to the end of the listener's queue and comes out behind the others.
    /// </summary>
    /// <returns>False if that cannot be said: the marker did not come out in time.</returns>
    internal async Task<bool> CatchUpAsync()
    {
        try
        {
            var marker = new SocketConnection(_runtime.Sources.Bind());
            await using ConfiguredAsyncDisposable owned = marker.ConfigureAwait(false);
            var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var source = (IPEndPoint)marker.Socket.LocalEndPoint!;
            _markers[source] = passed;
            try
            {
                await marker.ConnectAsync(EndPoint, CancellationToken.None).ConfigureAwait(false);
                await passed.Task.WaitAsync(_runtime.Limits.HandshakeTimeout, _runtime.Time)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return passed.Task.IsCompletedSuccessfully;
            }
            finally
            {
                _markers.TryRemove(source, out _);
            }
        }
        catch (SocketException e)
        {
            // Without a marker, or a descriptor for one, it cannot be said. Else the listener is closed: nothing arrives any more.
            return FailureWords.CauseOf(e) != FailureCause.LimitReached;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.StopAccepting();
        foreach (TaskCompletionSource passed in _markers.Values)
        {
            passed.TrySetResult(); // it was in the queue of the listener, out of which nothing comes any more
        }

        await _listener.DisposeAsync().ConfigureAwait(false);
    }

    private Task ServeAsync(SocketConnection child, CancellationToken stopping)
    {
        // All this happens in the order in which the child connected.
        if (child.Socket.RemoteEndPoint is IPEndPoint peer && _markers.TryGetValue(peer, out TaskCompletionSource? marker))
        {
            marker.TrySetResult();
            return Task.CompletedTask;
        }

        // A program that has used the Extended ORPort brings its connections back there; what comes here is another
        // transport's of the same program, and none of the dials in the table is certain to be its own.
        InwardDial? dial = _program.SpeaksExtOrPort ? null : _program.Dials.ClaimOnly();
        if (dial is not null && _program.IsIndirect(dial.Connection.Connection.Hops[dial.Hop].Transport))
        {
            dial = null; // one dial may carry many clients: it cannot be said whose this is
        }

        _program.LearnOrPort();
        if (_program.Dials.Uncertain && Interlocked.Exchange(ref _toldUncertain, 1) == 0)
        {
            ChainLog.AddressesUncertain(_runtime.Logger, _program.Name);
        }

        if (dial is not null)
        {
            return PassAsync(dial.Connection, dial.Hop, child, stopping);
        }

        if (_program.OnlyPlace(transport: null) is var (chain, hop))
        {
            return PassAsync(_program.NewUnnamed(chain, client: null), hop, child, stopping);
        }

        ChainLog.UnknownArrival(_runtime.Logger, _program.Name, $"several connections could be meant, of several chains");
        return Task.CompletedTask;
    }

    private async Task PassAsync(ServerConnection connection, int hop, SocketConnection child, CancellationToken stopping)
    {
        connection.Connection.Hops[hop].Joint = JointKind.OrPort;
        try
        {
            RelayResult result = await connection.Chain.PassInwardAsync(connection, hop, child, granted: null, stopping).ConfigureAwait(false);
            if (connection.BeganAtJoint)
            {
                await _runtime.Reporter.EndedAsync(connection.Connection, result.Fault, result.Backward, result.Forward).ConfigureAwait(false);
            }
        }
        catch (ChainException e)
        {
            await _runtime.Reporter.FailedAsync(connection.Connection, e.Failure).ConfigureAwait(false);
        }
        finally
        {
            connection.Connection.End();
            if (connection.BeganAtJoint)
            {
                await connection.Connection.DisposeAsync().ConfigureAwait(false); // nobody else will
            }
        }
    }
}
