using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Plait.Diagnostics;

namespace Plait.Connections;

/// <summary>
/// The door of a joint: only our own user comes in, where the system can tell (G10). Another user could not get further
/// than the joint's own authentication; but without the door it could hold places and descriptors until time-outs end.
/// </summary>
/// <param name="program">Whose joint it is.</param>
/// <param name="logger">Told of the first stranger. The next ones could fill the log, and are silent.</param>
internal sealed class OwnUserDoor(SafeText program, ILogger logger)
{
    private int _told;

    internal bool Admits(Socket accepted)
    {
        if (PeerOwner.IsOurUser(accepted))
        {
            return true;
        }

        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            ChainLog.JointStranger(logger, program, $"it belongs to another user, or is closed already; more of them are not told");
        }

        return false;
    }
}
