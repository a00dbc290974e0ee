namespace Plait.Wire.Pt;

/// <summary>Which side of the network a pluggable transport serves. One process never serves both (E3).</summary>
public enum PtRole
{
    /// <summary>Beside a tor client: SOCKS in, the network out.</summary>
    Client,

    /// <summary>Beside a bridge: the network in, (Extended) ORPort out.</summary>
    Server,
}
