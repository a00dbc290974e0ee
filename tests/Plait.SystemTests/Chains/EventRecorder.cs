using Plait.Diagnostics.Events;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Chains;

/// <summary>Everything that a host reports, in order.</summary>
internal sealed class EventRecorder : IPlaitObserver
{
    public Recorded<PlaitEvent> Events { get; } = new("events");

    public void OnEvent(PlaitEvent happened) => Events.Add(happened);

    /// <summary>The first event of a kind, seen already or still to come.</summary>
    public async Task<TEvent> WaitForAsync<TEvent>()
        where TEvent : PlaitEvent => (TEvent)await Events.WaitForAsync(each => each is TEvent, typeof(TEvent).Name);
}
