using System.Net;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Arguments;

namespace Plait.Chains.Server;

/// <summary>One hop of a server chain.</summary>
internal abstract class ServerHop
{
    /// <summary>Why the hop cannot serve at this moment, or null.</summary>
    internal virtual ProcessDown? Obstacle => null;

    /// <inheritdoc cref="Client.ClientHop.LingerTimeout"/>
    internal virtual TimeSpan LingerTimeout(Limits limits) => limits.LingerTimeout;

    /// <summary>
    /// The hop's streams may come to the joint as connections of their own, not as that of the dial that carried them. A stream that has not
    /// come is then no failure.
    /// </summary>
    internal virtual bool BringsUnnamed => false;

    /// <summary>Whether the hop stands at the wire and has a public listener of its own.</summary>
    internal virtual bool ListensItself => false;

    /// <summary>The address that the hop announces; null if it does not listen itself, or has never announced one.</summary>
    internal virtual IPEndPoint? AnnouncedAddress => null;

    /// <summary>The arguments that the hop's clients need; null if they are not known yet.</summary>
    internal virtual PtArguments? Announce() => PtArguments.Empty;

    /// <summary>The failure of a hop that does not take a stream within <see cref="Limits.HandshakeTimeout"/>: stage and sentence.</summary>
    internal virtual (ChainStage Stage, SafeText Detail) TooSlow(Limits limits) => (ChainStage.Dial, $"the transport did not accept the connection");

    /// <summary>
    /// Whether the hop shakes hands over the stream itself. Then the stream is granted before it enters the hop, because its bytes are needed, and
    /// the hop keeps its own deadline.
    /// </summary>
    internal virtual bool ShakesHands => false;

    /// <summary>Takes a stream into the hop.</summary>
    /// <remarks>
    /// A hop inside Plait says in its trace which joint it has and that it runs in Plait, wraps the stream in a <see cref="CountedConnection"/>, and tells
    /// the scrubber its options before anything can write them (G5).
    /// </remarks>
    /// <param name="connection">Whose stream it is.</param>
    /// <param name="hop">The hop's number in the chain.</param>
    /// <param name="outer">The stream as it comes from the network, or out of the hop before.</param>
    /// <param name="cancellationToken">The deadline; Plait's end for a hop that <see cref="ShakesHands"/>.</param>
    /// <exception cref="ChainException">The hop is down or does not accept.</exception>
    internal abstract ValueTask<HopPassage> EnterAsync(
        ServerConnection connection, int hop, ByteConnection outer, CancellationToken cancellationToken);
}

/// <summary>A stream that a hop has taken.</summary>
/// <param name="Outer">The stream to go on with: as it comes out of the hop if the hop is part of Plait, otherwise as it went in.</param>
/// <param name="Way">
/// Where the stream is to be relayed: to the hop's child, which brings to its joint what comes out of the hop. Null if the stream has passed the
/// hop already.
/// </param>
internal readonly record struct HopPassage(ByteConnection Outer, InwardWay? Way);

/// <summary>A stream's way on: a connection to the next child, or to tor.</summary>
internal class InwardWay(ByteConnection stream) : IAsyncDisposable
{
    /// <summary>The bytes towards the child or tor.</summary>
    internal ByteConnection Stream => stream;

    public virtual ValueTask DisposeAsync() => stream.DisposeAsync();
}
