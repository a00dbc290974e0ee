using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;

namespace Plait.Chains.Server;

/// <summary>
/// The server joint for children that do not use the Extended ORPort: a plain listener, payload only (X1). It belongs to one position, so
/// that the chain is certain; the client is never known here, and nothing is inferred (G1).
/// </summary>
internal sealed class OrPortJoint : ServerJoint
{
    private readonly Action? _learned;
    private Task _learning = Task.CompletedTask;
    private int _used;

    /// <param name="owner">Whose it is.</param>
    /// <param name="learned">
    /// Called once, when the child uses this joint, so that the next start plans for one position in each process. Null if nothing is to be learned.
    /// </param>
    internal OrPortJoint(JointOwner owner, Action? learned)
        : base(JointKind.OrPort, owner)
    {
        _learned = learned;
        Listener.Open();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        await _learning.ConfigureAwait(false);
    }

    protected override Task ServeAsync(SocketConnection stream, CancellationToken stopping)
    {
        if (_learned is not null && Interlocked.Exchange(ref _used, 1) == 0)
        {
            ChainLog.LearnedOrPort(Services.Logger, Owner.Name);
            _learning = Task.Run(_learned, CancellationToken.None); // writes to a disk, for which a poller does not wait
        }

        if (Owner.Arrivals.IdentifyUnreported(out SafeText? why) is { } arrival)
        {
            return PassAsync(arrival, stream, stopping);
        }

        LogUnknown(why);
        return Task.CompletedTask;
    }
}
