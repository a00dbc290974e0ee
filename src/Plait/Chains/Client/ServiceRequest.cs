using System.Net;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Socks;

namespace Plait.Chains.Client;

/// <summary>
/// Asks the far end of a tunnel for one of its services by name, in a SOCKS5 request (RFC 1928) through the tunnel.
/// </summary>
internal static class ServiceRequest
{
    /// <summary>Asks, within <see cref="Configuration.Limits.OpenTimeout"/>.</summary>
    /// <returns>The stream, which is the service's from now on.</returns>
    /// <exception cref="ChainException">The far end refuses, or does not answer as one with services. The stream is closed.</exception>
    internal static async Task<ByteConnection> SendAsync(
        ClientChain chain, ChainConnection connection, ByteConnection stream, string service, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(chain.Time, chain.Limits.OpenTimeout, cancellationToken);
        try
        {
            // The port means nothing there; SOCKS wants one.
            SocksClientHandshake handshake = SocksClientHandshake.ForTransport(SocksVersion.Socks5, new DnsEndPoint(service, 1), PtArguments.Empty);
            HandshakeOutcome outcome = await HandshakeRunner.RunExactlyAsync(stream, handshake, limit.Token).ConfigureAwait(false);
            if (outcome.Completed)
            {
                return stream;
            }

            throw handshake.Reply is SocksReplyCode.NotAllowed
                ? connection.Failed(null, ChainStage.Service, FailureCause.ArgumentWrong, $"the far end has no service of that name")
                : handshake.Reply is { } reply
                ? connection.Failed(null, ChainStage.Service, FailureWords.CauseOf(reply), $"the far end cannot reach the service")
                : connection.Failed(null, ChainStage.Service, outcome.Left ? FailureCause.Reset : FailureCause.ProtocolViolated,
                    $"the far end does not answer as one with services: {outcome.Why}");
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw e switch
            {
                OperationCanceledException when cancellationToken.IsCancellationRequested =>
                    connection.Failed(null, ChainStage.Grant, FailureCause.Canceled, $"the client went away, or Plait is stopping", e),
                OperationCanceledException =>
                    connection.Failed(null, ChainStage.Service, FailureCause.TimedOut, $"the far end did not answer the request for a service", e),
                IOException => connection.Failed(null, ChainStage.Service, FailureCause.Reset,
                    $"the connection broke while the far end was asked for a service", e),
                _ => e,
            };
        }
    }
}
