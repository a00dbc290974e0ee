using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;

namespace Plait.Chains.Server;

/// <summary>
/// The server joint for children that know no Extended ORPort: a plain listener, payload only (X1). It belongs to one position, so
/// that the chain is certain; the client is never known here, and nothing is inferred (G1).
/// </summary>
internal sealed class OrPortJoint : ServerJoint
{
    internal OrPortJoint(ServerPlugin program, HostServices services)
        : base(JointKind.OrPort, program, services) => Open();

    protected override Task ServeAsync(SocketConnection child, CancellationToken stopping)
    {
        Program.LearnOrPort();
        if (Program.OnlyPlace(transport: null) is var (chain, hop))
        {
            return PassAsync(Program.NewUnnamed(chain, hop, client: null), hop, child, granted: null, denied: null, stopping);
        }

        ChainLog.UnknownArrival(Services.Logger, Program.Name, $"its program does not use the Extended ORPort, and serves several places");
        return Task.CompletedTask;
    }
}
