using Plait.Native;

namespace Plait.Connections.Polling;

/// <summary>Takes the events of a descriptor where they happen, on the thread of its poller.</summary>
internal interface IReadyHandler
{
    /// <summary>Something happened. Calls come from the poller that the descriptor was handed to, and while that changes also from the earlier one.</summary>
    void Ready(PollRegistration registration, Poller poller, EpollEvents events);

    /// <summary>The descriptor was closed by somebody else. Comes from any thread.</summary>
    void Closed();
}

/// <summary>Something that a poller's thread runs.</summary>
internal interface IPollerWork
{
    /// <summary>Does a bounded piece of it: other connections wait meanwhile.</summary>
    void Run();

    /// <summary>It threw what nobody foresaw: it ends, and the poller goes on.</summary>
    void Abandon()
    {
    }
}
