using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>A plugin line of a client at run time: one process, or as many as its transports need.</summary>
internal interface IClientPlugin : IAsyncDisposable
{
    /// <summary>Its processes, each once.</summary>
    IEnumerable<TransportProcess> Processes { get; }

    /// <summary>The proxy joints of its processes.</summary>
    IEnumerable<ClientJoint> Joints { get; }

    /// <summary>
    /// Starts it. A failure is then in the processes' <see cref="TransportProcess.Down"/>; the start is tried again until this is disposed.
    /// </summary>
    Task StartAsync();
}
