using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Relays;
using Plait.Wire.Socks;

namespace Plait.Chains.Server;

/// <summary>
/// Several services at the far end of one tunnel. The client asks for one by its name, in a SOCKS5 request (RFC 1928) inside the tunnel; there
/// are no other targets. The port of the request means nothing.
/// </summary>
/// <remarks>
/// The request is payload, so it comes only after the hops have been told that their way on stands. The desk therefore is a socket of a pair,
/// served here: of TCP, so that a reset by the client or by the service reaches the other (G9).
/// </remarks>
/// <param name="services">The services, by name.</param>
/// <param name="shared">What everything shares.</param>
internal sealed class ServiceDesk(IReadOnlyDictionary<string, ServiceDialer> services, HostServices shared) : InnerEnd
{
    internal override ChainStage Stage => ChainStage.Service;

    internal override SafeText NoAnswer => $"no descriptor is left for the tunnel's services";

    internal override SafeText Silence => $"the tunnel's services cannot be reached";

    internal override Task<InnerConnection> ApproachAsync(IPEndPoint? client, string alias, CancellationToken cancellationToken) =>
        Task.FromResult(new InnerConnection((owner, opening) => OpenAsync(client, owner, opening), static () => { }));

    private async Task<ByteConnection> OpenAsync(IPEndPoint? client, ChainConnection owner, CancellationToken cancellationToken)
    {
        (SocketConnection outer, SocketConnection desk) = await LoopbackSockets.PairAsync(shared.Pollers, cancellationToken).ConfigureAwait(false);
        shared.Forwards.Add(ServeAsync(desk, client, owner));
        return outer;
    }

    private async Task ServeAsync(SocketConnection desk, IPEndPoint? client, ChainConnection owner)
    {
        await using (desk.ConfigureAwait(false))
        {
            try
            {
                if (await ReadRequestAsync(desk, owner.Name).ConfigureAwait(false) is { } request)
                {
                    await ForwardAsync(desk, request, client, owner).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The client has left. Its connection's end is reported where it came in.
            }
            catch (Exception e) // the boundary: a bug in one connection must not be silent
            {
                shared.Budget.Unexpected(e);
            }
        }
    }

    private async Task<SocksRequest?> ReadRequestAsync(SocketConnection desk, SafeText tunnel)
    {
        var handshake = new SocksServerHandshake(new SocksCredentialPolicy.TransportArguments());
        using var limit = new TimeLimit(shared.Time, shared.Limits.OpenTimeout, shared.ForwardsEnd);
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(desk, handshake, limit.Token).ConfigureAwait(false);
        if (!outcome.Completed)
        {
            ChainLog.ServiceNotAsked(shared.Logger, tunnel, outcome.Why);
            return null;
        }

        return handshake.Request;
    }

    private async Task ForwardAsync(SocketConnection desk, SocksRequest request, IPEndPoint? client, ChainConnection owner)
    {
        SafeText tunnel = owner.Name;
        if (request.Target is not DnsEndPoint { Host: var name } || !services.TryGetValue(name, out ServiceDialer? dialer))
        {
            ChainLog.ServiceNotKnown(shared.Logger, tunnel);
            await SocksReplies.SendAsync(desk, request.Version, SocksReplyCode.NotAllowed, CancellationToken.None).ConfigureAwait(false);
            return;
        }

        SocketConnection service;
        try
        {
            using var limit = new TimeLimit(shared.Time, shared.Limits.HandshakeTimeout, shared.ForwardsEnd);
            service = await dialer.ConnectAsync(client, owner, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException && !shared.ForwardsEnd.IsCancellationRequested)
        {
            FailureCause cause = e switch
            {
                SocketException socket => FailureWords.CauseOf(socket),
                OutsideException outside => outside.Cause,
                OperationCanceledException => FailureCause.TimedOut,
                _ => FailureCause.Reset,
            };
            var failure = new ChainFailure(tunnel.ToString(), null, null, ChainStage.Service, cause,
                FailureWords.DetailOf(cause, $"the service {SafeText.Name(name)} does not accept connections"));
            ChainLog.OpeningFailed(shared.Logger, FailureWords.Of(failure.Stage, cause).Level, failure.Line);
            await SocksReplies.SendAsync(desk, request.Version, FailureWords.ReplyOf(cause), CancellationToken.None).ConfigureAwait(false);
            return;
        }

        await using (service.ConfigureAwait(false))
        {
            await SocksReplies.SendAsync(desk, request.Version, SocksReplyCode.Succeeded, CancellationToken.None).ConfigureAwait(false);
            var settings = new RelaySettings { LingerTimeout = shared.Limits.LingerTimeout, Pipes = shared.Pipes, Time = shared.Time };
            await Relay.RunAsync(desk, service, settings, shared.ForwardsEnd).ConfigureAwait(false);
        }
    }
}
