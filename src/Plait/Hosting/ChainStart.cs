using System.Net;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Wire.Arguments;

namespace Plait.Hosting;

/// <summary>How one chain started: it listens, or it failed.</summary>
public abstract record ChainStart
{
    private ChainStart(string alias)
    {
        Alias = alias;
    }

    /// <summary>The name that was asked for.</summary>
    public string Alias { get; }

    /// <summary>The same, for observers.</summary>
    internal abstract PlaitEvent Event { get; }

    /// <summary>The chain can be announced: it is ready, or refuses until what keeps it from working has passed.</summary>
    /// <param name="Alias">The name that was asked for.</param>
    /// <param name="EndPoint">Client: its SOCKS5 port. Server: the address that its transport at the wire announces; for a listener of Plait's, the address really bound (M24).</param>
    /// <param name="Arguments">Server: the arguments that clients have to put into their bridge line. Client: empty.</param>
    public sealed record Listening(string Alias, IPEndPoint EndPoint, PtArguments Arguments) : ChainStart(Alias)
    {
        /// <summary>
        /// Why it could not work when it was started; null if it could. It comes to work by itself, at the same address. A chain
        /// whose program does not offer the transport refuses until Plait is started again.
        /// </summary>
        public ChainFailure? Refusing { get; init; }

        /// <summary>The alias alone: the address is a secret (G5).</summary>
        public override string ToString() => $"{Alias} listens";

        internal override PlaitEvent Event => new PlaitEvent.ChainListening(Alias, Refusing);
    }

    /// <summary>The chain cannot be used before Plait is started again; the others can (G8).</summary>
    /// <param name="Alias">The name that was asked for.</param>
    /// <param name="Failure">Which hop, at which stage, and why.</param>
    public sealed record Failed(string Alias, ChainFailure Failure) : ChainStart(Alias)
    {
        /// <summary>
        /// Another start may help with the same configuration: a program is installed, a port becomes free. False if only another
        /// configuration can help.
        /// </summary>
        public bool MayPass { get; init; }

        /// <summary>Plait keeps retrying while it runs, if the chain listens.</summary>
        internal bool IsRetried { get; init; }

        internal override PlaitEvent Event => new PlaitEvent.ChainFailed(Failure);
    }
}
