using System.Net;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Arguments;

namespace Plait.Chains.Server;

/// <summary>What a server process is to do.</summary>
/// <param name="Line">The plugin line.</param>
/// <param name="Choice">Which joints it is offered.</param>
/// <param name="Positions">The positions it fills.</param>
/// <param name="Options">The options of each of its transports.</param>
/// <param name="BindAddresses">Where its transports listen, if that is fixed; the others get a loopback port (E32).</param>
/// <param name="Indirect">Its transports that carry many clients' sessions over shared connections.</param>
/// <param name="PublicAddress">
/// Where the network reaches the transport, if it is the one at the wire of a chain and listens itself; then that position is the only one it
/// fills. Null for a process that Plait dials.
/// </param>
internal sealed record ServerProcessPlan(
    PluginLine Line,
    ServerJointChoice Choice,
    IReadOnlyList<Position> Positions,
    IReadOnlyDictionary<string, PtArguments> Options,
    IReadOnlyDictionary<string, IPEndPoint> BindAddresses,
    IReadOnlySet<string> Indirect,
    IPEndPoint? PublicAddress)
{
    /// <summary>How messages call its program.</summary>
    internal SafeText Name { get; } = SafeText.Name(Path.GetFileName(Line.Program));

    /// <summary>The transports it is asked for.</summary>
    internal IReadOnlyList<string> Transports { get; } = [.. Positions.Select(position => position.Transport).Distinct()];

    /// <summary>Without addresses and options (G5).</summary>
    public override string ToString() => $"{Line}: {string.Join(',', Transports)}";
}
