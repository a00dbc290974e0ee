using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>What a plugin line of a client is at run time: one process, or as many as its transports need.</summary>
internal interface IClientPlugin : IAsyncDisposable
{
    /// <summary>Its processes, each once.</summary>
    IEnumerable<TransportProcess> Processes { get; }

    /// <summary>The joints that they stand behind.</summary>
    IEnumerable<ClientJoint> Joints { get; }

    /// <summary>Starts it. What failed is then in the processes' <see cref="TransportProcess.Down"/>; it is tried again until this is disposed.</summary>
    Task StartAsync();
}
