using System.Net.Sockets;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>Why a tunnel cannot listen at its place, and what to do; without the address (G5).</summary>
internal static class TunnelEntranceTrouble
{
    /// <summary>The failure.</summary>
    /// <param name="error">What the system says.</param>
    /// <param name="placeWords"><see cref="TunnelEntrance.PlaceWords"/>.</param>
    internal static ProcessDown Of(SocketException error, string placeWords)
    {
        FailureCause cause = FailureWords.CauseOf(error);
        SafeText place = SafeText.Own(placeWords);
        (SafeText Text, SafeText Advice) words = error.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => Words($"the place {place} is taken: another program listens there",
                $"end that program, or choose another port or path"),
            SocketError.AccessDenied => Words($"this user may not listen at the place {place}",
                $"choose a port from 1024 up, or a path that this user may write"),
            SocketError.AddressNotAvailable =>
                Words($"the address {place} is not one of this machine", $"choose one that is, or a loopback address"),
            _ => Words($"the place {place} cannot be listened at ({SafeText.Own(FailureWords.Of(cause))})", $"correct it"),
        };
        return new(ChainStage.Launch, cause, words.Text) { Advice = words.Advice };
    }

    private static (SafeText Text, SafeText Advice) Words(SafeText text, SafeText advice) => (text, advice);
}
