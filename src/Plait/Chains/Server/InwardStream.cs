using Plait.Connections;

namespace Plait.Chains.Server;

/// <summary>A stream on its way inwards through hops of Plait: as it came, and as it is now. It owns what the hops have made of it.</summary>
/// <param name="accepted">The stream as it came; its listener closes it.</param>
/// <param name="grant">Answers that the way on stands.</param>
internal sealed class InwardStream(SocketConnection accepted, Func<ValueTask> grant) : IAsyncDisposable
{
    /// <summary>The stream as it came.</summary>
    internal SocketConnection Accepted => accepted;

    /// <summary>The stream as it has passed the hops so far.</summary>
    internal ByteConnection Current { get; private set; } = accepted;

    /// <summary>Whether it was answered that the way on stands: a refusal is no longer possible.</summary>
    internal bool IsGranted { get; private set; }

    /// <summary>Whether a hop inside Plait has had it: then it ends as that hop's own connections do.</summary>
    internal bool IsTaken { get; set; }

    /// <summary>Answers that the way on stands, the first time.</summary>
    internal ValueTask GrantAsync()
    {
        if (IsGranted)
        {
            return ValueTask.CompletedTask;
        }

        IsGranted = true;
        return grant();
    }

    /// <summary>It has passed a hop inside Plait.</summary>
    internal void Passed(ByteConnection stream) => Current = stream;

    public ValueTask DisposeAsync() => Current.DisposeAsync();
}
