using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Secrecy;

namespace Plait.Connections;

/// <summary>
/// Admits only connections of our own user to a joint, where the system can tell (G10). Another user could not get past the joint's own
/// authentication, but without this check could fill its connections and descriptors until timeouts end.
/// </summary>
/// <param name="program">Whose joint it is.</param>
/// <param name="logger">Receives a message about the first stranger; later ones could fill the log, and are not reported.</param>
internal sealed class SameUserCheck(SafeText program, ILogger logger)
{
    private int _reported;

    internal bool Admits(SocketConnection accepted)
    {
        if (PeerOwner.IsOurUser(accepted))
        {
            return true;
        }

        if (Interlocked.Exchange(ref _reported, 1) == 0)
        {
            ChainLog.JointStranger(logger, program, $"it belongs to another user, or is closed already; more of them are not told");
        }

        return false;
    }
}
