using Plait.Configuration;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Chains.Server;

/// <summary>Decides what is done with a server child that hangs.</summary>
/// <param name="plan">What the child is to do.</param>
/// <param name="process">Its process.</param>
/// <param name="dials">The dials to it.</param>
/// <param name="services">What everything shares.</param>
internal sealed class ServerHangResponse(ServerProcessPlan plan, TransportProcess process, InwardDials dials, HostServices services)
{
    private int _reported; // the id of the child that was last reported

    /// <summary>
    /// Reports that the child hangs, and kills it if that can hurt no connection: another child then takes its place. A child with connections
    /// may have reached a limit of its own, of descriptors for example, and accept again when one has ended, so it is left alone. It is killed even
    /// so if a signal has stopped it and Plait dials it: its connections do not move, and the other programs of the chain go on.
    /// </summary>
    /// <param name="live">It has a connection.</param>
    /// <returns>Whether it was killed.</returns>
    internal bool Apply(bool live)
    {
        if (process.Running is not { Process: var child })
        {
            return true; // it has just ended by itself
        }

        double seconds = services.Limits.HandshakeTimeout.TotalSeconds;
        bool killed = !live || (plan.PublicAddress is null && ProcessSignals.IsStopped(child.Id));
        if (killed || Interlocked.Exchange(ref _reported, child.Id) != child.Id)
        {
            ChainLog.ProgramHangs(services.Logger, plan.Name, seconds, killed
                ? SafeText.Of($"it is killed, and another takes its place")
                : $"it has connections that are open, and is left alone until they have ended");
        }

        if (!killed)
        {
            return false;
        }

        dials.FailAll(FailureCause.TimedOut,
            $"the transport's program hangs: it has not accepted a connection on its own port for {seconds:0.#} s");
        child.KillHung();
        return true;
    }
}
