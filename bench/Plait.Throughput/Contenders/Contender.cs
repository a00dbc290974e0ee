using System.Net.Sockets;
using Plait.Throughput.Load;
using Plait.Throughput.Measuring;

namespace Plait.Throughput.Contenders;

/// <summary>One way from a client to a far end: a relay, or a chain. Disposing it ends its processes.</summary>
/// <param name="name">Its name in the tables.</param>
internal abstract class Contender(string name) : IAsyncDisposable
{
    /// <summary>Its name in the tables.</summary>
    internal string Name => name;

    /// <summary>The far end.</summary>
    internal required Sink Sink { get; init; }

    /// <summary>Whose processor time is measured.</summary>
    internal abstract IReadOnlyList<ProcessGroup> Processes { get; }

    /// <summary>Opens a stream to the far end.</summary>
    internal abstract Socket Open();

    public virtual ValueTask DisposeAsync()
    {
        Sink.Dispose();
        return ValueTask.CompletedTask;
    }
}
