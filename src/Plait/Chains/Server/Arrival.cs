namespace Plait.Chains.Server;

/// <summary>A stream that has come to Plait on its way inwards: whose it is, and how far it has come.</summary>
/// <param name="Connection">The connection that it belongs to.</param>
/// <param name="Hop">The hop that it comes out of; the number of hops for the network itself.</param>
/// <param name="Begins">
/// The connection began with this stream: where it came in, the connection's end is reported and the connection is disposed. Other streams of the
/// connection come from dials of Plait.
/// </param>
internal readonly record struct Arrival(ServerConnection Connection, int Hop, bool Begins)
{
    /// <summary>Without the client's address (G5).</summary>
    public override string ToString() => $"{Connection} at hop {Hop}";
}
