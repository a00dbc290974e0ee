using Plait.Native;

namespace Plait.Connections.Polling;

/// <summary>Takes the events of a descriptor where they happen, on the thread of its poller.</summary>
internal interface IReadyHandler
{
    /// <summary>
    /// The descriptor is ready, or in error. Calls come from the poller that the descriptor was handed to; during the change of a poller also
    /// from the earlier one. An exception fails this descriptor's connection: <see cref="Closed"/> follows.
    /// </summary>
    void Ready(PollRegistration registration, Poller poller, EpollEvents events);

    /// <summary>The descriptor was closed by its owner, has failed, or is watched no more. Calls come from any thread.</summary>
    void Closed();
}
