using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Chains.Server;

/// <summary>
/// The public listener of one chain, at the address that tor knows. It only relays to the outermost hop: a prober sees the hop's own
/// behaviour, resets included (G9).
/// </summary>
/// <remarks>
/// While the chain cannot work, the address is bound and not listened on. The system then refuses a prober, as it would if the outermost program
/// stood there by itself and were down; and no other program can take the port.
/// </remarks>
internal sealed class ServerListener : ServerEntrance, IChainListener
{
    // How often an address that cannot be listened on is tried again.
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(1);

    private readonly ServerChain _chain;
    private readonly Lock _lock = new();
    private readonly ITimer _retry;
    private int _refused; // as a bool: it was reported

    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    internal ServerListener(ServerChain chain, IPEndPoint address)
        : this(chain, new ListenPlace.Tcp(address))
    {
    }

    /// <exception cref="SocketException">The place cannot be listened at.</exception>
    internal ServerListener(ServerChain chain, ListenPlace place)
        : base(place, chain.Services.Budget, chain.Services)
    {
        _chain = chain;
        _retry = chain.Services.Time.CreateTimer(_ => OpenIfReady(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Begins to accept.</summary>
    /// <exception cref="SocketException">Another program listens there.</exception>
    internal void Open() => Listener.Open();

    /// <summary>Begins to accept if the chain works; an address that cannot be listened on is tried again. Calling again changes nothing.</summary>
    internal void OpenIfReady()
    {
        try
        {
            lock (_lock) // the chain's state holds until it is acted on
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

            ProcessDown down = TroubleAt(EndPoint).Of(e, Services.Scrubber);
            ChainLog.RefusesForNow(Services.Logger, (new ChainFailure(
                _chain.Alias, null, null, down.Stage, down.Cause, down.Text) with { Advice = down.Advice }).Line);
        }
    }

    /// <summary>Refuses connections while the chain cannot work, as its program alone would; the address stays bound.</summary>
    internal void PauseIfDown()
    {
        try
        {
            lock (_lock)
            {
                if (!_chain.IsReady)
                {
                    Listener.Pause();
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

    public override async ValueTask DisposeAsync()
    {
        await _retry.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override Task ServeAsync(SocketConnection stream, CancellationToken stopping)
    {
        ServerConnection connection = _chain.NewConnection(stream.Peer?.Unmapped(), stream.Own?.Unmapped());
        return RunAsync(new(connection, _chain.Hops.Count, Begins: true), stream, stopping);
    }

    /// <summary>As on a port where no program listens any more.</summary>
    protected override void Refuse(SocketConnection stream) => stream.Abort();
}
