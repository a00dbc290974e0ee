using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Relays;
using Plait.Wire.Arguments;
using Plait.Wire.Hints;

namespace Plait.Chains.Client;

/// <summary>A chain on the client's side, ready to be opened any number of times.</summary>
/// <param name="alias">The name under which tor knows it.</param>
/// <param name="definition">Its hops as configured.</param>
/// <param name="hops">Its hops, 0 nearest to tor.</param>
/// <param name="outside">Makes the connections to the network that Plait makes itself.</param>
/// <param name="sources">Source addresses for dials to children.</param>
/// <param name="shims">Opens the shim joints of hops that take no proxy.</param>
/// <param name="pipes">What relays borrow their pipes from.</param>
/// <param name="limits">The limits in force.</param>
/// <param name="time">The clock.</param>
/// <param name="scrubber">Learns the secrets that the hops are given.</param>
/// <param name="logger">Where messages go.</param>
internal sealed class ClientChain(
    string alias,
    ChainDefinition definition,
    IReadOnlyList<ClientHop> hops,
    OutsideDialer outside,
    SourceAddresses sources,
    ShimJoints shims,
    PipePool pipes,
    Limits limits,
    TimeProvider time,
    Scrubber scrubber,
    ILogger logger)
{
    internal string Alias => alias;

    /// <summary>The alias, for messages.</summary>
    internal SafeText Name { get; } = SafeText.Name(alias);

    internal IReadOnlyList<ClientHop> Hops => hops;

    internal OutsideDialer Outside => outside;

    internal SourceAddresses Sources => sources;

    internal ShimJoints Shims => shims;

    internal Limits Limits => limits;

    internal TimeProvider Time => time;

    internal ILogger Logger => logger;

    internal Scrubber Scrubber => scrubber;

    /// <summary>A connection to be opened through this chain. The caller disposes it.</summary>
    /// <param name="stopping">Fires when Plait ends.</param>
    internal ChainConnection NewConnection(CancellationToken stopping) =>
        new(alias, definition.Hops.Select(hop => hop.Name), limits.LingerTimeout, time, pipes) { Stopping = stopping };

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
        scrubber.Learn(target);
        var opening = new ChainOpening(this, connection, target, perHop);
        using var limit = new TimeLimit(time, limits.OpenTimeout, cancellationToken);
        try
        {
            return await opening.DialAsync(0, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw cancellationToken.IsCancellationRequested
                ? connection.Failed(null, ChainStage.Grant, FailureCause.Canceled, $"the client went away, or Plait is stopping", e)
                : connection.Failed(connection.Step.Hop, connection.Step.Stage, FailureCause.TimedOut,
                    $"the chain did not stand within {limits.OpenTimeout.TotalSeconds:0.#} s; it was waiting for {connection.Step.Awaited}", e);
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
