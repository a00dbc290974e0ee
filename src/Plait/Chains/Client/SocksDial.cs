using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Socks;

namespace Plait.Chains.Client;

/// <summary>One dial of a hop that listens for SOCKS: connects to its listener and asks it for a target, in lock-step (S23).</summary>
/// <param name="hop">The hop.</param>
/// <param name="method">Where it listens.</param>
/// <param name="credentials">The arguments that it gets as credentials; those of the hop unless given.</param>
internal sealed class SocksDial(HopOpening hop, TransportMethod method, PtArguments? credentials = null)
{
    /// <summary>The hop that is dialled.</summary>
    internal HopOpening Hop => hop;

    /// <summary>Asks the hop for a target.</summary>
    /// <param name="target">The target.</param>
    /// <param name="granted">Called where the hop's grant is read, before anything else is done.</param>
    /// <param name="cancellationToken">The opening's deadline.</param>
    /// <returns>The hop's stream. The hop has granted; the caller finds out how far that is verified.</returns>
    /// <exception cref="ChainException">The hop refused, or did not answer.</exception>
    internal async Task<SocketConnection> AskAsync(EndPoint target, Action? granted, CancellationToken cancellationToken)
    {
        hop.Opening.Chain.Scrubber.Learn(hop.Arguments);
        SocksClientHandshake handshake = HandshakeFor(target);
        hop.Waits(ChainStage.Dial, $"the transport's own port to take the connection");
        SocketConnection stream = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        hop.Waits(ChainStage.Grant, OpeningStep.OtherSide);
        if (hop.Trace.Joint == JointKind.Direct)
        {
            hop.Trace.WayStands(hop.Time); // as far as can be seen from here
        }

        using var answer = new ClientHangDetector(handshake, hop.Trace, hop.Limits.HandshakeTimeout, hop.Time, cancellationToken);
        try
        {
            HandshakeOutcome outcome = await HandshakeRunner.RunAsync(stream, handshake, granted, answer.Token).ConfigureAwait(false);
            if (handshake.IsAnswered)
            {
                hop.Trace.Answered();
            }

            return outcome.Completed ? stream : throw Refusal(handshake, outcome);
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw e switch
            {
                OperationCanceledException when answer.Hangs && !cancellationToken.IsCancellationRequested => await HangAsync(e).ConfigureAwait(false),
                IOException => hop.Failed(ChainStage.Grant, FailureCause.Reset, $"the transport closed the connection without a reply", e),
                _ => e,
            };
        }
    }

    private SocksClientHandshake HandshakeFor(EndPoint target)
    {
        try
        {
            return SocksClientHandshake.ForTransport(method.Socks ?? SocksVersion.Socks5, target, credentials ?? hop.Arguments);
        }
        catch (ArgumentException e)
        {
            throw hop.Failed(ChainStage.Dial, FailureCause.ArgumentWrong, SafeText.Own(e.Message), e);
        }
    }

    private async Task<SocketConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await hop.Opening.Chain.Sources.ConnectAsync(method.Address, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw hop.Failed(ChainStage.Dial, e, $"the transport's own SOCKS port does not answer");
        }
    }

    private ChainException Refusal(SocksClientHandshake handshake, HandshakeOutcome outcome)
    {
        if (handshake.Reply is null && outcome.Left)
        {
            return hop.Failed(ChainStage.Grant, FailureCause.Reset, $"the transport's program closed the connection instead of answering");
        }

        SafeText detail = $"the transport did not connect: {outcome.Why}";
        if (handshake.ArgumentsRefused) // S15
        {
            return hop.Failed(ChainStage.Grant, FailureCause.ArgumentWrong, detail);
        }

        hop.Trace.Refusal = handshake.Reply;
        hop.Trace.HandshakeFailed(hop.Time);
        return hop.Failed(ChainStage.Grant, FailureWords.CauseOf(handshake.Reply), detail);
    }

    /// <summary>The program hangs: it is killed, unless connections that stand depend on it.</summary>
    private async Task<ChainException> HangAsync(Exception e)
    {
        await Poller.LeaveAsync(); // to look for all that it has started takes long
        bool spared = hop.Trace.ChildIsInUse;
        SafeText instead = spared ? $"; it has open connections, and is not restarted before they have ended" : SafeText.Empty;
        ChainException failed = hop.Failed(ChainStage.Grant, FailureCause.TimedOut,
            $"the transport's program hangs: it has neither answered on its own port nor moved a byte for {hop.Limits.HandshakeTimeout.TotalSeconds:0.#} s{instead}", e);
        if (!spared)
        {
            hop.Trace.KillHungChild();
        }

        return failed;
    }
}
