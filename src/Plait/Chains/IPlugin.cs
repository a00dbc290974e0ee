using Plait.Processes;

namespace Plait.Chains;

/// <summary>A program that serves hops of a side's chains: one process, or as many as its transports need.</summary>
internal interface IPlugin : IAsyncDisposable
{
    /// <summary>Its processes, each once.</summary>
    IEnumerable<TransportProcess> Processes { get; }

    /// <summary>Starts it. A failure is then in the processes' <see cref="TransportProcess.Down"/>; the start is tried again until this is disposed.</summary>
    /// <returns>Completes when the program has come up or failed.</returns>
    Task StartAsync();

    /// <summary>Lets no further client in, if clients come to the program itself (L7).</summary>
    void StopAccepting()
    {
    }

    /// <summary>Completes when no client is connected that came to the program itself.</summary>
    Task WhenIdleAsync() => Task.CompletedTask;
}
