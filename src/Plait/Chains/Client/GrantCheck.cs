using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Chains.Client;

/// <summary>
/// How far the grant of one hop is verified (G2). The less is found, the less the connection promises, and the transport is
/// remembered for it. Earlier findings limit the grant from the start.
/// </summary>
internal sealed class GrantCheck
{
    private readonly HopOpening _hop;
    private readonly SafeText _program;
    private readonly ObservedGrants _grants;

    /// <param name="hop">The hop.</param>
    /// <param name="program">How messages call its program.</param>
    /// <param name="grants">What was found of its program before.</param>
    internal GrantCheck(HopOpening hop, SafeText program, ObservedGrants grants)
    {
        (_hop, _program, _grants) = (hop, program, grants);
        hop.Connection.LimitGrant(grants.Of(hop.Trace.Transport));
    }

    /// <summary>The hop was seen to grant like this.</summary>
    internal void Found(GrantQuality quality)
    {
        _grants.Seen(_hop.Trace.Transport, quality);
        _hop.Connection.LimitGrant(quality);
    }

    /// <summary>
    /// Waits until the stream of the hop, which has granted, arrives at the joint behind it. A hop that dials only once payload
    /// flows is given a grace, and then counts as granted provisionally (C5).
    /// </summary>
    /// <param name="stream">The hop's stream; closed when this throws.</param>
    /// <param name="entered">Completes when the hop has come to the joint.</param>
    /// <param name="ready">Completes when the way on stands as well.</param>
    /// <param name="cancellationToken">The opening's deadline.</param>
    /// <returns>The stream; one that proves itself as it goes if the grant is provisional.</returns>
    internal async Task<ByteConnection> ConfirmAsync(SocketConnection stream, Task entered, Task ready, CancellationToken cancellationToken)
    {
        try
        {
            await EnteredAsync(entered, ready, cancellationToken).ConfigureAwait(false);
            if (entered.IsCompletedSuccessfully)
            {
                return stream;
            }

            _hop.Connection.GrantedBefore(_hop.Index, entered);
            return new ProvisionalConnection(stream, entered, WentAround);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task EnteredAsync(Task entered, Task ready, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAny(entered, ready).WaitAsync(_hop.Limits.LazyDialGrace, _hop.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Found(GrantQuality.Lazy);
            return;
        }

        await ready.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Bytes came back from the hop before it had come to the joint.</summary>
    internal void WentAround()
    {
        ChainLog.WentAround(_hop.Opening.Chain.Logger, _program);
        _hop.Failed(ChainStage.Relay, FailureCause.LeakRefused,
            $"{_program} answered before it had connected to the next hop: its bytes went around the chain");
    }
}
