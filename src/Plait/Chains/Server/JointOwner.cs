using Plait.Connections;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Chains.Server;

/// <summary>The server child that a joint belongs to, as far as the joint knows it.</summary>
/// <param name="Name">How messages call its program.</param>
/// <param name="Arrivals">Identifies what it brings.</param>
/// <param name="Budget">How many connections it may have at its joints.</param>
/// <param name="Running">The process that runs now, or null while it is down.</param>
/// <param name="Services">What everything shares.</param>
internal sealed record JointOwner(
    SafeText Name, Arrivals Arrivals, ConnectionBudget Budget, Func<ChildProcess?> Running, HostServices Services);
