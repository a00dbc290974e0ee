using System.Net.Sockets;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Arguments;

namespace Plait.Chains.Client;

/// <summary>One hop of a connection that is being opened: what it is given, what lies behind it, and how its failures are recorded.</summary>
/// <param name="opening">The opening, which dials the hops behind this one.</param>
/// <param name="index">The hop's place in its chain.</param>
internal sealed class HopOpening(ChainOpening opening, int index)
{
    /// <summary>The opening of the whole connection.</summary>
    internal ChainOpening Opening => opening;

    /// <summary>The connection.</summary>
    internal ChainConnection Connection => opening.Connection;

    /// <summary>The hop's place in its chain.</summary>
    internal int Index => index;

    /// <summary>The hop's figures.</summary>
    internal HopTrace Trace => Connection.Hops[index];

    /// <summary>Whether the hop touches the network.</summary>
    internal bool IsWire => index == Connection.Hops.Count - 1;

    /// <summary>The arguments for the hop.</summary>
    internal PtArguments Arguments => opening.Arguments[index];

    /// <summary>What lies behind the hop.</summary>
    internal WayOn WayOn => new(opening.Target, [.. opening.Arguments.Skip(index + 1)]);

    /// <summary>The limits in force.</summary>
    internal Limits Limits => opening.Chain.Limits;

    /// <summary>The clock.</summary>
    internal TimeProvider Time => opening.Chain.Time;

    /// <summary>Opens the stream that the next hop offers; behind the last hop, the connection to the network.</summary>
    /// <exception cref="ChainException">The first failure of this opening.</exception>
    internal Task<ByteConnection> DialNextAsync(CancellationToken cancellationToken) => opening.DialAsync(index + 1, cancellationToken);

    /// <summary>The same for a hop inside Plait: no joint stands before the next hop, so its bytes are counted here.</summary>
    /// <exception cref="ChainException">The first failure of this opening.</exception>
    internal async Task<ByteConnection> DialNextCountedAsync(CancellationToken cancellationToken)
    {
        ByteConnection onward = await DialNextAsync(cancellationToken).ConfigureAwait(false);
        return IsWire ? onward : new CountedConnection(onward, Connection.Hops[index + 1]);
    }

    /// <summary>The hop begins to wait for another party.</summary>
    internal void Waits(ChainStage stage, SafeText awaited) => Connection.Waits(index, stage, awaited);

    /// <summary>Records a failure of the hop; the connection's first stays.</summary>
    /// <returns>An exception that carries the first failure.</returns>
    internal ChainException Failed(ChainStage stage, FailureCause cause, SafeText detail, Exception? inner = null) =>
        Connection.Failed(index, stage, cause, detail, inner);

    /// <summary>The same for an error of the system; a lack of descriptors has its own words.</summary>
    internal ChainException Failed(ChainStage stage, SocketException error, SafeText detail)
    {
        FailureCause cause = FailureWords.CauseOf(error);
        return Failed(stage, cause, FailureWords.DetailOf(cause, detail), error);
    }

    /// <summary>Records that the program of the hop cannot serve.</summary>
    /// <returns>An exception that carries the first failure.</returns>
    internal ChainException Down(ProcessDown down) => Connection.Down(index, down);
}
