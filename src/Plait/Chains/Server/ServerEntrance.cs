using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Relays;

namespace Plait.Chains.Server;

/// <summary>A listener through which streams come into server chains: from the network, or from a child.</summary>
internal abstract class ServerEntrance : IAsyncDisposable
{
    private readonly LiveTasks _reports = new();

    /// <inheritdoc cref="ConnectionListener.Bind"/>
    protected ServerEntrance(
        IPEndPoint address, ConnectionBudget budget, HostServices services, Func<SocketConnection, bool>? admits = null, bool facesNetwork = false)
    {
        Services = services;
        Listener = ConnectionListener.Bind(address, services.Pollers, budget, ServeAsync, admits, facesNetwork);
    }

    /// <summary>An entrance at the place of a tunnel.</summary>
    /// <inheritdoc cref="ConnectionListener.At"/>
    protected ServerEntrance(ListenPlace place, ConnectionBudget budget, HostServices services)
    {
        Services = services;
        Listener = ConnectionListener.At(place, services.Pollers, budget, ServeAsync);
    }

    /// <summary>Where it listens.</summary>
    internal IPEndPoint EndPoint => Listener.EndPoint;

    /// <summary>Connections open now.</summary>
    public int Connections => Listener.Connections;

    /// <summary>Lets no further stream in; those that are open go on.</summary>
    public void StopAccepting() => Listener.StopAccepting();

    /// <summary>Completes when no connection is open.</summary>
    public Task WhenIdleAsync() => Listener.WhenIdleAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Listener.DisposeAsync().ConfigureAwait(false);
        await _reports.WhenEmptyAsync().ConfigureAwait(false);
    }

    protected HostServices Services { get; }

    protected ConnectionListener Listener { get; }

    /// <summary>
    /// Whether an end is reported before the stream is closed. A child that ends because its stream was closed must not become the reason
    /// of that end.
    /// </summary>
    protected virtual bool ReportsBeforeItCloses => false;

    /// <summary>Serves one connection; it is closed when this returns.</summary>
    protected abstract Task ServeAsync(SocketConnection stream, CancellationToken stopping);

    /// <summary>Takes a stream inwards until it ends, and reports how that went.</summary>
    protected async Task RunAsync(Arrival arrival, SocketConnection stream, CancellationToken stopping)
    {
        ChainConnection connection = arrival.Connection.Connection;
        var inward = new InwardStream(stream, () => GrantAsync(stream, stopping));
        try
        {
            RelayResult result = await arrival.Connection.Chain.PassInwardAsync(arrival, inward, stopping).ConfigureAwait(false);
            if (arrival.Begins)
            {
                Task reported = Services.Reporter.EndedAsync(connection, result.Fault, outward: result.Backward, inward: result.Forward);
                if (ReportsBeforeItCloses)
                {
                    await reported.ConfigureAwait(false);
                }
                else
                {
                    _reports.Add(reported);
                }
            }
        }
        catch (ChainException e)
        {
            if (!inward.IsTaken)
            {
                Refuse(stream);
            }

            await Services.Reporter.FailedAsync(
                connection, e.Failure, inward.IsGranted ? null : _ => DenyAsync(stream, stopping)).ConfigureAwait(false);
        }
        catch (PeerRejectedException e)
        {
            Task discarding = e.DiscardAsync(Services, stopping);
            // Scanners and other strangers come to the wire all the time.
            LogLevel? level = e.Failure.Hop == connection.Hops.Count - 1 ? LogLevel.Debug : null;
            await Services.Reporter.FailedAsync(connection, e.Failure, level: level).ConfigureAwait(false);
            await discarding.ConfigureAwait(false);
        }
        finally
        {
            connection.End();
            await inward.DisposeAsync().ConfigureAwait(false);
            if (arrival.Begins)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Answers that the way on stands. Called before any byte is relayed.</summary>
    protected virtual ValueTask GrantAsync(SocketConnection stream, CancellationToken stopping) => ValueTask.CompletedTask;

    /// <summary>There is no way on. Called at once.</summary>
    protected virtual void Refuse(SocketConnection stream)
    {
    }

    /// <summary>Answers that there is no way on. Called when the cause is certain.</summary>
    protected virtual Task DenyAsync(SocketConnection stream, CancellationToken stopping) => Task.CompletedTask;
}
