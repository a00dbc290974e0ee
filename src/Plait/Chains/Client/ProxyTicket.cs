using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics.Failures;

namespace Plait.Chains.Client;

/// <summary>
/// Names one connection of one hop at a proxy joint: a made-up address that the hop's child is asked for, and that
/// it brings back. Good for one dial.
/// </summary>
internal sealed class ProxyTicket : IDisposable
{
    private readonly ProxyJoint _joint;
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<ByteConnection>? _onward;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ProxyTicket(ProxyJoint joint, IPEndPoint target, HopOpening hop)
    {
        _joint = joint;
        Target = target;
        Hop = hop;
    }

    /// <summary>The made-up address.</summary>
    internal IPEndPoint Target { get; }

    /// <summary>The hop whose child is asked, of the connection that it names.</summary>
    internal HopOpening Hop { get; }

    /// <summary>Completes when the child has dialled the joint.</summary>
    internal Task Entered => _entered.Task;

    /// <summary>Completes when the way on stands; fails with its <see cref="ChainException"/>.</summary>
    internal Task Ready => _ready.Task;

    internal void MarkEntered() => _entered.TrySetResult();

    internal void MarkReady() => _ready.TrySetResult();

    internal void MarkFailed(Exception failure)
    {
        _ready.TrySetException(failure);
        _ = _ready.Task.Exception; // observed: the opening may not be waiting any more
    }

    /// <summary>Begins to open the way on before the child has dialled.</summary>
    internal void DialAhead() => _onward = DialOnwardAsync();

    /// <summary>The way on that was begun ahead; the caller owns it from now on. Null if there is none.</summary>
    internal Task<ByteConnection>? TakeOnward() => Interlocked.Exchange(ref _onward, null);

    /// <summary>Withdraws the ticket, and closes the way on that was begun for it.</summary>
    public void Dispose()
    {
        _joint.Withdraw(this);
        if (TakeOnward() is { } onward)
        {
            Hop.Connection.Run(CloseAsync(onward));
        }
    }

    private async Task<ByteConnection> DialOnwardAsync()
    {
        using var limit = new TimeLimit(Hop.Time, Hop.Limits.OpenTimeout, Hop.Connection.Ending);
        return await Hop.DialNextAsync(limit.Token).ConfigureAwait(false);
    }

    private static async Task CloseAsync(Task<ByteConnection> onward)
    {
        try
        {
            await (await onward.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is ChainException or IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It failed before the child asked for it; the opening has its first failure.
        }
    }
}
