using System.Net;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Chains.Server;

/// <summary>Where the streams of a bridge's chain go when they have passed all hops: tor, or the service of a tunnel.</summary>
internal abstract class InnerEnd
{
    /// <summary>The stage at which a failure to connect is reported.</summary>
    internal abstract ChainStage Stage { get; }

    /// <summary>The sentence for an end that does not accept, or breaks off.</summary>
    internal abstract SafeText NoAnswer { get; }

    /// <summary>The sentence for an end that keeps silent.</summary>
    internal abstract SafeText Silence { get; }

    /// <summary>Connects for one client, without introducing it yet.</summary>
    /// <param name="client">The client's true address. Null if it is not known: then the end gets none (G1).</param>
    /// <param name="alias">The chain, as tor knows it (X24).</param>
    /// <param name="cancellationToken">The deadline.</param>
    internal abstract Task<InnerConnection> ApproachAsync(IPEndPoint? client, string alias, CancellationToken cancellationToken);
}

/// <summary>A connection to the inner end that has not been introduced yet.</summary>
/// <param name="IntroduceAsync">
/// Introduces its client, if the end asks for that, and returns its stream. To be called once, with the owner of what exists only for it.
/// </param>
/// <param name="Close">Closes it instead.</param>
internal sealed record InnerConnection(Func<ChainConnection, CancellationToken, Task<ByteConnection>> IntroduceAsync, Action Close);
