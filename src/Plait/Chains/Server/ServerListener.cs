using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Relays;

namespace Plait.Chains.Server;

/// <summary>
/// The public listener of one chain, where tor was told that it is. It does nothing but relay to the outermost hop: a
/// prober sees the hop's own behaviour, resets included (G9).
/// </summary>
/// <remarks>
/// While the chain cannot work the address is taken and not listened on: the system refuses a prober, as it would if the
/// outermost program stood there by itself and were down, and no other program can take the port.
/// </remarks>
internal sealed class ServerListener : IAsyncDisposable
{
    private readonly ServerChain _chain;
    private readonly ConnectionListener _listener;
    // How often an address that cannot be listened on is tried again.
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(1);

    private readonly LiveTasks _reports = new();
    private readonly Lock _lock = new();
    private readonly ITimer _retry;
    private int _refused; // as a bool: it was reported

    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    internal ServerListener(ServerChain chain, IPEndPoint address)
    {
        _chain = chain;
        _retry = chain.Services.Time.CreateTimer(_ => OpenIfReady(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _listener = ConnectionListener.Bind(address, chain.Services.Budget, ServeAsync, facesNetwork: true);
    }

    /// <summary>Where it listens.</summary>
    internal IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>Connections open now.</summary>
    internal int Connections => _listener.Connections;

    /// <summary>Begins to accept.</summary>
    /// <exception cref="SocketException">Somebody else listens there.</exception>
    internal void Open() => _listener.Open();

    /// <summary>Begins to accept if the chain has come to work; an address that cannot be listened on is tried again. Calling again changes nothing.</summary>
    internal void OpenIfReady()
    {
        try
        {
            lock (_lock) // what is looked at holds until it is acted on
            {
                if (_chain.IsReady)
                {
                    Open();
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // Plait is stopping.
        }
        catch (SocketException e)
        {
            _retry.Change(s_again, Timeout.InfiniteTimeSpan);
            if (Interlocked.Exchange(ref _refused, 1) != 0)
            {
                return;
            }

            ProcessDown down = TroubleAt(EndPoint).Of(e, _chain.Services.Scrubber);
            ChainLog.RefusesForNow(_chain.Services.Logger, (new ChainFailure(
                _chain.Alias, null, null, down.Stage, down.Cause, down.Text) with { Advice = down.Advice }).Line);
        }
    }

    /// <summary>Refuses connections while the chain cannot work, as where its program alone would stand; the address stays taken.</summary>
    internal void PauseIfDown()
    {
        try
        {
            lock (_lock)
            {
                if (!_chain.IsReady)
                {
                    _listener.Pause();
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // Plait is stopping.
        }
    }

    /// <summary>Why Plait itself cannot listen at an address.</summary>
    internal static ListenTrouble TroubleAt(IPEndPoint address) => new($"Plait", Environment.ProcessPath ?? "", address);

    internal void StopAccepting() => _listener.StopAccepting();

    internal Task WhenIdleAsync() => _listener.WhenIdleAsync();

    private ConnectionReporter Reporter => _chain.Services.Reporter;

    public async ValueTask DisposeAsync()
    {
        await _retry.DisposeAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _reports.WhenEmptyAsync().ConfigureAwait(false);
    }

    private async Task ServeAsync(SocketConnection network, CancellationToken stopping)
    {
        ServerConnection connection = _chain.NewConnection((network.Socket.RemoteEndPoint as IPEndPoint)?.Unmapped());
        ChainConnection owner = connection.Connection;
        try
        {
            RelayResult result = await _chain
                .PassInwardAsync(connection, _chain.Hops.Count, network, granted: null, stopping).ConfigureAwait(false);
            _reports.Add(Reporter.EndedAsync(owner, result.Fault, outward: result.Backward, inward: result.Forward));
        }
        catch (ChainException e)
        {
            network.Abort(); // as a port where nobody listens any more
            await Reporter.FailedAsync(owner, e.Failure).ConfigureAwait(false);
        }
        finally
        {
            await owner.DisposeAsync().ConfigureAwait(false);
        }
    }
}
