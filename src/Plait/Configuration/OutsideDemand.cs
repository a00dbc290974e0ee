using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Configuration;

/// <summary>What torrc demands of outside connections: that none goes around it (G3).</summary>
/// <param name="Proxy">An upstream proxy is set.</param>
/// <param name="BindAddress">OutboundBindAddress or OutboundBindAddressPT is set.</param>
[ProgramSeam]
internal readonly record struct OutsideDemand(bool Proxy, bool BindAddress)
{
    /// <summary>Why a client's wire hop would not meet it; null if it does, as far as is known before its program runs.</summary>
    /// <param name="wire">The hop.</param>
    internal OutsideRefusal? RefusalOf(TransportDeclaration wire)
    {
        if (!Proxy && !BindAddress)
        {
            return null;
        }

        SafeText name = SafeText.Name(wire.Name);
        SafeText set = Proxy ? SafeText.Of($"tor has an upstream proxy set") : SafeText.Of($"torrc sets OutboundBindAddress");
        if (wire.Source.Nature.Lack(HopAbility.LetsPlaitDial) is { } lack)
        {
            return new(
                ChainStage.Launch, FailureCause.ProxyRefused, $"{set}, and {name} would go around it: {SafeText.Own(lack)}",
                Proxy ? $"put a hop at the wire that lets Plait dial, or remove the proxy from torrc" : AnotherTransport);
        }

        if (wire.Source is TransportSource.Tunnel && wire.Wire == WireChoice.Self)
        {
            return new(
                ChainStage.OutsideConnection, FailureCause.NotPermitted, $"{set}, and {name} would go around it: ClientTransportWire says self",
                $"write in the plaitrc: ClientTransportWire {name} auto");
        }

        // An upstream proxy is passed on to such a program, which has to confirm it.
        return BindAddress && wire.Source is TransportSource.Managed { Line: var line } && wire.DialsItself
            ? new(
                ChainStage.OutsideConnection, FailureCause.NotPermitted,
                $"torrc sets OutboundBindAddress, {name} dials the network itself, and {SafeText.Name(Path.GetFileName(line.Program))} is not known to use that address",
                AnotherTransport)
            : null;
    }

    private static SafeText AnotherTransport => $"put another transport at the wire, or remove OutboundBindAddress and OutboundBindAddressPT from torrc";
}

/// <summary>Why a hop is not dialled at the wire.</summary>
/// <param name="Stage">Where that is reported.</param>
/// <param name="Cause">The cause.</param>
/// <param name="Why">A sentence without a full stop.</param>
/// <param name="Advice">What to do, as a part of a sentence.</param>
[ProgramSeam]
internal sealed record OutsideRefusal(ChainStage Stage, FailureCause Cause, SafeText Why, SafeText Advice);
