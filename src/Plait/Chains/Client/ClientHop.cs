using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>One hop of a client chain: knows how to be dialled.</summary>
internal abstract class ClientHop
{
    /// <summary>Why the hop cannot serve at this moment; null if it can.</summary>
    /// <param name="wire">Whether the hop stands at the wire.</param>
    internal virtual ProcessDown? Obstacle(bool wire) => null;

    /// <summary>
    /// How long the other direction may be silent after one has ended, before the relays of a connection through this hop are closed. A hop
    /// whose directions never end apart from each other needs no wait.
    /// </summary>
    /// <param name="limits">The limits in force, which bound it.</param>
    internal virtual TimeSpan LingerTimeout(Limits limits) => limits.LingerTimeout;

    /// <summary>Opens the stream that this hop offers towards the opening's target.</summary>
    /// <remarks>
    /// The hop has some duties besides. It says in <see cref="HopOpening.Trace"/> which joint it has and which process serves it, so that failures
    /// and figures name them. It dials on by <see cref="HopOpening.DialNextCountedAsync"/> where no joint counts the bytes, or the next hop seems
    /// dead to the hang watch. It tells the scrubber its arguments before anything can write them (G5), calls <see cref="HopOpening.Waits"/> before each
    /// wait for another party, so that a time-out names it, and disposes the stream of the next hop if it fails.
    /// </remarks>
    /// <param name="hop">The hop's part of the connection that is being opened; dials the hops behind it.</param>
    /// <param name="cancellationToken">The opening's deadline.</param>
    /// <exception cref="ChainException">This hop or one behind it failed.</exception>
    internal abstract Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken);
}
