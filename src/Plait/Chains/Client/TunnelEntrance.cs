using System.Net;
using Plait.Connections;
using Plait.Wire.Arguments;

namespace Plait.Chains.Client;

/// <summary>Where the connections of a client's chain come in if it is the near end of a tunnel, and where they go.</summary>
/// <param name="Place">Where the tunnel accepts.</param>
/// <param name="Targets">The far end. Of several addresses one is used until it fails, and then the next.</param>
/// <param name="Arguments">The arguments of its bridge line.</param>
/// <param name="Service">The service to ask the far end for; null if the far end has only one, or the application asks itself.</param>
/// <param name="AsksApplication">Applications ask by SOCKS for the service that they want.</param>
[ProgramSeam]
internal sealed record TunnelEntrance(ListenPlace Place, IReadOnlyList<EndPoint> Targets, PtArguments Arguments, string? Service, bool AsksApplication)
{
    /// <summary>How messages call the place: <c>the place</c> and these words.</summary>
    internal string PlaceWords { get; init; } = "after --listen";

    /// <summary>Without addresses and arguments (G5).</summary>
    public override string ToString() => $"entrance at {Place}";
}
