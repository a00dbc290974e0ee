using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Arguments;
using Plait.Wire.Hints;

namespace Plait.Chains.Client;

/// <summary>A chain on the client's side, ready to be opened any number of times.</summary>
/// <param name="alias">The name under which tor knows it.</param>
/// <param name="definition">Its hops as configured.</param>
/// <param name="hops">Its hops, 0 nearest to tor.</param>
/// <param name="outside">Makes the connections to the network that Plait makes itself.</param>
/// <param name="shims">Opens the shim joints of hops that take no proxy.</param>
/// <param name="services">What all parts of a host share.</param>
internal sealed class ClientChain(
    string alias,
    ChainDefinition definition,
    IReadOnlyList<ClientHop> hops,
    OutsideDialer outside,
    ShimJoints shims,
    HostServices services)
{
    // One hop that ends both directions at once ends both of the chain.
    private readonly TimeSpan _linger = hops.Min(hop => hop.LingerTimeout(services.Limits));

    internal string Alias => alias;

    /// <summary>The alias, for messages.</summary>
    internal SafeText Name { get; } = SafeText.Name(alias);

    internal IReadOnlyList<ClientHop> Hops => hops;

    internal OutsideDialer Outside => outside;

    internal HostServices Services => services;

    internal ShimJoints Shims => shims;

    internal SourceAddresses Sources => services.Sources;

    internal Limits Limits => services.Limits;

    internal TimeProvider Time => services.Time;

    internal ILogger Logger => services.Logger;

    internal Scrubber Scrubber => services.Scrubber;

    /// <summary>A connection to be opened through this chain. The caller disposes it.</summary>
    /// <param name="stopping">Fires when Plait ends.</param>
    internal ChainConnection NewConnection(CancellationToken stopping) =>
        new(alias, definition.Hops.Select(hop => hop.Name), _linger, services.Time, services.Pipes) { Stopping = stopping };

    /// <summary>Opens <paramref name="connection"/> towards <paramref name="target"/>.</summary>
    /// <param name="connection">From <see cref="NewConnection"/>.</param>
    /// <param name="target">The target that tor asked for.</param>
    /// <param name="flat">The arguments of the bridge line, profile included.</param>
    /// <param name="cancellationToken">Fires when the client goes away.</param>
    /// <returns>The stream of hop 0. Every joint has been entered, or the connection is marked provisional (G2).</returns>
    /// <exception cref="ChainException">The first failure: hop, stage and cause.</exception>
    internal async Task<ByteConnection> OpenAsync(
        ChainConnection connection, EndPoint target, PtArguments flat, CancellationToken cancellationToken)
    {
        if (!ChainArguments.TryDistribute(flat, hops.Count, out IReadOnlyList<PtArguments> perHop, out string? error))
        {
            throw connection.Failed(null, ChainStage.Dial, FailureCause.ArgumentWrong, SafeText.Own(error!));
        }

        connection.GivenArguments(() => ArgumentReview.Of(flat, [.. connection.Hops.Select(hop => hop.Transport)]));
        services.Scrubber.Learn(target);
        var opening = new ChainOpening(this, connection, target, perHop);
        using var limit = new TimeLimit(services.Time, services.Limits.OpenTimeout, cancellationToken);
        try
        {
            return await opening.DialAsync(0, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw cancellationToken.IsCancellationRequested
                ? connection.Failed(null, ChainStage.Grant, FailureCause.Canceled, $"the client went away, or Plait is stopping", e)
                : connection.NotReachedInTime(services.Limits.OpenTimeout, e);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw connection.LostInside(e);
        }
        catch (ChainException) when (connection.Failure is { } first)
        {
            throw new ChainException(first); // a child's refusal is often only the echo of a failure behind it
        }
    }
}
