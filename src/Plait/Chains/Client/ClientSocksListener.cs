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

/// <summary>The SOCKS port of one chain that tor connects to: RFC 1928, and SOCKS4 and 4a.</summary>
internal sealed class ClientSocksListener : IChainListener
{
    private readonly ClientChain _chain;
    private readonly ArgumentProfiles _profiles;
    private readonly ConnectionReporter _reporter;
    private readonly LiveTasks _reports = new();
    private readonly ILogger _logger;
    private readonly ConnectionListener _listener;
    private long _provisional;

    /// <exception cref="SocketException">No port could be opened.</exception>
    internal ClientSocksListener(ClientChain chain, ArgumentProfiles profiles)
    {
        _chain = chain;
        _profiles = profiles;
        _reporter = chain.Services.Reporter;
        _logger = chain.Services.Logger;
        _listener = ConnectionListener.Start(new(IPAddress.Loopback, 0), chain.Services.Pollers, chain.Services.Budget, ServeAsync);
    }

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

    private async Task ServeAsync(SocketConnection tor, CancellationToken stopping)
    {
        if (await BeginAsync(tor, stopping).ConfigureAwait(false) is not var (connection, stream))
        {
            return;
        }

        try
        {
            await using (stream.ConfigureAwait(false))
            {
                Task<RelayResult> relaying = OutwardRelay.RunAsync(connection, 0, tor, stream, stopping);
                _reporter.Opened(connection); // after the relay has begun, which tor waits for
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
    private async Task<(ChainConnection Connection, ByteConnection Stream)?> BeginAsync(SocketConnection tor, CancellationToken stopping)
    {
        if (await ReadRequestAsync(tor, stopping).ConfigureAwait(false) is not { } request)
        {
            return null;
        }

        ChainConnection connection = _chain.NewConnection(stopping);
        ByteConnection? stream = null;
        try
        {
            stream = await OpenAsync(connection, tor, request, stopping).ConfigureAwait(false);
            await SocksReplies.SendAsync(tor, request.Version, SocksReplyCode.Succeeded, stopping).ConfigureAwait(false);
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
                // Without the token: tor gets its reply even when Plait is ending. So few bytes do not wait.
                await _reporter.FailedAsync(connection, failure, certain => SocksReplies.SendAsync(
                    tor, request.Version, FailureWords.ReplyOf(certain), CancellationToken.None)).ConfigureAwait(false);
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

    private async Task<SocksRequest?> ReadRequestAsync(SocketConnection tor, CancellationToken stopping)
    {
        var handshake = new SocksServerHandshake(new SocksCredentialPolicy.TransportArguments());
        using var limit = new TimeLimit(_chain.Time, _chain.Limits.HandshakeTimeout, stopping);
        try
        {
            HandshakeOutcome outcome = await HandshakeRunner.RunAsync(tor, handshake, limit.Token).ConfigureAwait(false);
            if (outcome.Completed)
            {
                return handshake.Request;
            }

            ChainLog.SocksRejected(_logger, _chain.Name, outcome.Why);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            ChainLog.SocksRejected(_logger, _chain.Name, $"the SOCKS negotiation took too long");
        }

        return null;
    }

    private async Task<ByteConnection> OpenAsync(
        ChainConnection connection, SocketConnection tor, SocksRequest request, CancellationToken stopping)
    {
        connection.ThrowIfReserved(tor, null, ChainStage.Dial);
        if (!_profiles.TryExpand(request.Arguments, out PtArguments? arguments, out SafeText? error))
        {
            throw connection.Failed(null, ChainStage.Dial, FailureCause.ArgumentWrong, error);
        }

        using var gone = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await using (HangUp.Cancels(gone, tor).ConfigureAwait(false))
        {
            return await _chain.OpenAsync(connection, request.Target, arguments, gone.Token).ConfigureAwait(false);
        }
    }
}
