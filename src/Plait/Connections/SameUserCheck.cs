using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Secrecy;

namespace Plait.Connections;

/// <summary>
/// Admits only connections of our own user to a joint, if the system reports owners (G10). Another user cannot pass the joint's own
/// authentication, but without this check could use up its connections and descriptors until timeouts end them.
/// </summary>
/// <param name="program">The program that the joint is for.</param>
/// <param name="logger">Receives a message about the first connection that is refused; later ones could fill the log.</param>
internal sealed class SameUserCheck(SafeText program, ILogger logger)
{
    private int _reported;

    /// <summary>Whether a connection may be served.</summary>
    internal bool Admits(SocketConnection accepted)
    {
        if (PeerOwner.IsOurUser(accepted))
        {
            return true;
        }

        if (Interlocked.Exchange(ref _reported, 1) == 0)
        {
            ChainLog.JointStranger(logger, program, $"it belongs to another user, or is closed already; later ones are not reported");
        }

        return false;
    }
}
