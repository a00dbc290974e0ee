using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Relays;
using Plait.Wire.Arguments;
using Plait.Wire.Socks;

namespace Plait.Chains.Client;

/// <summary>The listener of one chain, to which tor or the applications of a tunnel connect.</summary>
internal sealed class ClientListener : IChainListener
{
    private readonly ClientChain _chain;
    private readonly ClientFront _front;
    private readonly ArgumentProfiles _profiles;
    private readonly ConnectionReporter _reporter;
    private readonly LiveTasks _reports = new();
    private readonly ConnectionListener _listener;
    private long _provisional;

    private ClientListener(
        ClientChain chain,
        ArgumentProfiles profiles,
        ClientFront front,
        Func<Func<SocketConnection, CancellationToken, Task>, ConnectionListener> bind)
    {
        (_chain, _profiles, _front, _reporter) = (chain, profiles, front, chain.Services.Reporter);
        _listener = bind(ServeAsync);
        try
        {
            _listener.Open();
        }
        catch
        {
            _listener.StopAccepting();
            throw;
        }
    }

    /// <summary>A SOCKS port for tor.</summary>
    /// <exception cref="SocketException">No port could be opened.</exception>
    internal static ClientListener ForTor(ClientChain chain, ArgumentProfiles profiles) => new(
        chain, profiles, new TorFront(),
        handle => ConnectionListener.Bind(new(IPAddress.Loopback, 0), chain.Services.Pollers, chain.Services.Budget, handle));

    /// <summary>The near end of a tunnel.</summary>
    /// <exception cref="SocketException">Its place cannot be listened at.</exception>
    internal static ClientListener ForTunnel(ClientChain chain, ArgumentProfiles profiles, TunnelEntrance entrance) => new(
        chain, profiles, entrance.AsksApplication ? new TunnelSocksFront(entrance) : new TunnelFront(entrance),
        handle => ConnectionListener.At(entrance.Place, chain.Services.Pollers, chain.Services.Budget, handle));

    /// <summary>Where it listens.</summary>
    internal IPEndPoint EndPoint => _listener.EndPoint;

    /// <inheritdoc/>
    public int Connections => _listener.Connections;

    /// <summary>Grants given although not every joint had been entered (G2).</summary>
    internal long Provisional => Interlocked.Read(ref _provisional);

    /// <inheritdoc/>
    public void StopAccepting() => _listener.StopAccepting();

    /// <inheritdoc/>
    public Task WhenIdleAsync() => _listener.WhenIdleAsync();

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _reports.WhenEmptyAsync().ConfigureAwait(false);
    }

    private async Task ServeAsync(SocketConnection client, CancellationToken stopping)
    {
        if (await BeginAsync(client, stopping).ConfigureAwait(false) is not var (connection, stream))
        {
            return;
        }

        try
        {
            await using (stream.ConfigureAwait(false))
            {
                Task<RelayResult> relaying = OutwardRelay.RunAsync(connection, 0, client, stream, stopping);
                _reporter.Opened(connection); // after the relay has begun, which the client waits for
                RelayResult result = await relaying.ConfigureAwait(false);
                if (result.EndedFirst == RelaySide.Second)
                {
                    connection.HopsEndedFirst();
                }

                // Not awaited: the connection is closed before the reason of its end is known.
                _reports.Add(_reporter.EndedAsync(connection, result.Fault, result.Forward, result.Backward));
            }
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Everything up to the grant; null if there is none. Apart from the relay, so that an open connection holds nothing of
    /// its opening.
    /// </summary>
    private async Task<(ChainConnection Connection, ByteConnection Stream)?> BeginAsync(SocketConnection client, CancellationToken stopping)
    {
        if (await _front.ReadAsync(_chain, client, stopping).ConfigureAwait(false) is not { } request)
        {
            return null;
        }

        ChainConnection connection = _chain.NewConnection(stopping);
        ByteConnection? stream = null;
        try
        {
            stream = await OpenAsync(connection, client, request, stopping).ConfigureAwait(false);
            await request.GrantAsync(stopping).ConfigureAwait(false);
            if (connection.Provisional)
            {
                Interlocked.Increment(ref _provisional);
            }

            return (connection, stream);
        }
        catch (Exception e)
        {
            if (e is ChainException { Failure: var failure })
            {
                await _reporter.FailedAsync(connection, failure, request.RefuseAsync).ConfigureAwait(false);
            }

            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }

            await connection.DisposeAsync().ConfigureAwait(false);
            if (e is ChainException)
            {
                return null;
            }

            throw;
        }
    }

    private async Task<ByteConnection> OpenAsync(
        ChainConnection connection, SocketConnection client, FrontRequest request, CancellationToken stopping)
    {
        connection.ThrowIfReserved(client, null, ChainStage.Dial);
        if (!_profiles.TryExpand(request.Arguments, out PtArguments? arguments, out SafeText? error))
        {
            throw connection.Failed(null, ChainStage.Dial, FailureCause.ArgumentWrong, error);
        }

        using var gone = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await using (HangUp.Cancels(gone, client, _front.MayHalfClose).ConfigureAwait(false))
        {
            ByteConnection stream = await _chain.OpenAsync(connection, request.Target, arguments, gone.Token).ConfigureAwait(false);
            return request.Service is { } service
                ? await ServiceRequest.SendAsync(_chain, connection, stream, service, gone.Token).ConfigureAwait(false)
                : stream;
        }
    }
}
