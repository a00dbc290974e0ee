using Plait.Chains;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Processes;
using Plait.Wire.Pt.Environments;

namespace Plait.Hops;

/// <summary>Provides the hops of one kind on a bridge's side: says which programs they need, and makes the hops.</summary>
internal abstract class ServerHopProvider
{
    /// <summary>The programs that the chains added so far need of this kind.</summary>
    internal virtual IReadOnlyList<PlannedPlugin<IServerPlugin>> Programs => [];

    /// <summary>Finds places for those hops of a chain that are of this kind.</summary>
    /// <returns>Null, or what is wrong with the chain; then none of its hops has a place.</returns>
    internal virtual string? Add(ChainDefinition chain) => null;

    /// <summary>Makes a hop of a chain that was added. Its program, if it needs one, was made by then.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="hop">Which of its hops; one of this kind.</param>
    internal abstract ServerHop HopOf(ChainDefinition chain, int hop);
}

/// <summary>What the providers of a bridge are given.</summary>
/// <param name="Configuration">The plaitrc.</param>
/// <param name="Environment">What tor asks for.</param>
/// <param name="Services">What everything shares.</param>
/// <param name="StateRoot">The folder of the side's state.</param>
/// <param name="Addresses">Where the chains are to be reached.</param>
/// <param name="Files">Keeps what programs are handed as files.</param>
internal sealed record ServerSurroundings(
    PlaitConfiguration Configuration, ServerEnvironment Environment, HostServices Services, string StateRoot, ListenAddresses Addresses, RuntimeFiles Files)
{
    /// <summary>Which chain has which address.</summary>
    internal ListenClaims Claims { get; } = new(Configuration.Server, Addresses.PublicOf);

    /// <summary>The options of each hop.</summary>
    internal ServerOptions Options { get; } = new(Configuration.Server.Options, Environment.Options);
}
