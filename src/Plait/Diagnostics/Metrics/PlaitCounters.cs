namespace Plait.Diagnostics.Metrics;

/// <summary>What exists at this moment. After the last connection has ended, all counts are back where they were (G7).</summary>
/// <param name="Connections">Connections from tor (client) or from the network (server).</param>
/// <param name="JointConnections">Connections of children at joints.</param>
/// <param name="Tickets">Client: tickets that wait at proxy joints.</param>
/// <param name="Shims">Client: shim listeners that wait.</param>
/// <param name="Outstanding">Server: dials that a child has not yet brought back.</param>
/// <param name="Processes">Children that run.</param>
/// <param name="Leaks">Client: unexpected dials of children, since the start.</param>
/// <param name="Provisional">Client: grants given although not every joint had been entered (G2), since the start.</param>
/// <param name="Refused">Connections turned away because the limit was reached, since the start.</param>
public sealed record PlaitCounters(
    int Connections, int JointConnections, int Tickets, int Shims, int Outstanding, int Processes, long Leaks, long Provisional, long Refused);
