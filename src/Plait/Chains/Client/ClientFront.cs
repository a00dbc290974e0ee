using System.Net;
using Microsoft.Extensions.Logging;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Wire.Arguments;
using Plait.Wire.Handshakes;
using Plait.Wire.Socks;

namespace Plait.Chains.Client;

/// <summary>What a client of a chain wants, and how it is answered.</summary>
/// <param name="Target">The address behind the chain.</param>
/// <param name="Arguments">The flat list of arguments, with profiles that are not expanded yet.</param>
/// <param name="Service">The service to ask for, through the tunnel; null for none.</param>
/// <param name="GrantAsync">Answers that the way stands.</param>
/// <param name="RefuseAsync">Answers that it does not, and why.</param>
internal sealed record FrontRequest(
    EndPoint Target, PtArguments Arguments, string? Service, Func<CancellationToken, Task> GrantAsync, Func<ChainFailure, Task> RefuseAsync)
{
    /// <summary>Without address and arguments (G5).</summary>
    public override string ToString() => Service is null ? "a request" : $"a request for {Service}";
}

/// <summary>What a chain expects of the clients that connect to it.</summary>
internal abstract class ClientFront
{
    /// <summary>Whether a client may end its writing before it is answered, and wait for bytes of the other side. tor does not.</summary>
    internal virtual bool MayHalfClose => false;

    /// <summary>Reads what a client wants.</summary>
    /// <returns>Null if it does not say so; that has been reported.</returns>
    internal abstract Task<FrontRequest?> ReadAsync(ClientChain chain, SocketConnection client, CancellationToken stopping);

    /// <summary>Reads a SOCKS request; null if there is none.</summary>
    private protected static async Task<SocksRequest?> ReadSocksAsync(ClientChain chain, SocketConnection client, CancellationToken stopping)
    {
        var handshake = new SocksServerHandshake(new SocksCredentialPolicy.TransportArguments());
        using var limit = new TimeLimit(chain.Time, chain.Limits.HandshakeTimeout, stopping);
        try
        {
            HandshakeOutcome outcome = await HandshakeRunner.RunAsync(client, handshake, limit.Token).ConfigureAwait(false);
            if (outcome.Completed)
            {
                return handshake.Request;
            }

            ChainLog.SocksRejected(chain.Logger, chain.Name, outcome.Why);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            ChainLog.SocksRejected(chain.Logger, chain.Name, $"the SOCKS negotiation took too long");
        }

        return null;
    }

    /// <summary>Answers a SOCKS request. A refusal goes out even when Plait is ending: so few bytes do not wait.</summary>
    private protected static FrontRequest Answered(SocketConnection client, SocksRequest request, EndPoint target, PtArguments arguments,
        string? service) => new(
        target, arguments, service,
        stopping => SocksReplies.SendAsync(client, request.Version, SocksReplyCode.Succeeded, stopping),
        failure => SocksReplies.SendAsync(client, request.Version, FailureWords.ReplyOf(failure), CancellationToken.None));
}

/// <summary>The SOCKS port that tor connects to: RFC 1928, and SOCKS4 and 4a. Target and arguments come with each request.</summary>
internal sealed class TorFront : ClientFront
{
    internal override async Task<FrontRequest?> ReadAsync(ClientChain chain, SocketConnection client, CancellationToken stopping) =>
        await ReadSocksAsync(chain, client, stopping).ConfigureAwait(false) is { } request
            ? Answered(client, request, request.Target, request.Arguments, service: null)
            : null;
}

/// <summary>The near end of a tunnel: all connections go to one far end, and are payload from their first byte.</summary>
/// <param name="entrance">The tunnel.</param>
internal sealed class TunnelFront(TunnelEntrance entrance) : ClientFront
{
    private readonly FarAddresses _far = new(entrance.Targets);

    internal override bool MayHalfClose => true;

    internal override Task<FrontRequest?> ReadAsync(ClientChain chain, SocketConnection client, CancellationToken stopping)
    {
        EndPoint target = _far.Current;
        return Task.FromResult<FrontRequest?>(new(target, entrance.Arguments, entrance.Service, static _ => Task.CompletedTask, failure =>
        {
            if (failure.Cause != FailureCause.Canceled)
            {
                _far.Failed(target);
            }

            client.Abort(); // the application must not take it for an orderly end of an empty stream
            return Task.CompletedTask;
        }));
    }
}

/// <summary>
/// The near end of a tunnel with a SOCKS port for applications. The host name that they ask for is the name of a service at the far end, which
/// decides what there is.
/// </summary>
/// <param name="entrance">The tunnel.</param>
internal sealed class TunnelSocksFront(TunnelEntrance entrance) : ClientFront
{
    internal override bool MayHalfClose => true;

    internal override async Task<FrontRequest?> ReadAsync(ClientChain chain, SocketConnection client, CancellationToken stopping)
    {
        if (await ReadSocksAsync(chain, client, stopping).ConfigureAwait(false) is not { } request)
        {
            return null;
        }

        if (request.Target is DnsEndPoint { Host: var name })
        {
            return Answered(client, request, entrance.Targets[0], entrance.Arguments, name);
        }

        ChainLog.SocksRejected(chain.Logger, chain.Name, $"an address is asked for, and a tunnel has services with names");
        await SocksReplies.SendAsync(client, request.Version, SocksReplyCode.AddressTypeNotSupported, stopping).ConfigureAwait(false);
        return null;
    }
}
