using Plait.Diagnostics.Events;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Diagnostics.Events;

public class PlaitEventsTests
{
    [Fact]
    public async Task Reader_KeepsUp_GetsEverythingInOrder()
    {
        var events = new PlaitEvents(capacity: 4);
        await using IAsyncEnumerator<PlaitEvent> reader = events.GetAsyncEnumerator(Deadline.Token);
        for (int i = 0; i < 10; i++)
        {
            events.OnEvent(Event(i));
            Assert.Equal(Event(i), await NextAsync(reader));
        }
    }

    [Fact]
    public async Task Reader_TooSlow_FindsTheGapWhereItIs()
    {
        var events = new PlaitEvents(capacity: 2);
        Tell(events, 0, 1, 2, 3, 4); // 2, 3 and 4 find it full
        await using IAsyncEnumerator<PlaitEvent> reader = events.GetAsyncEnumerator(Deadline.Token);
        Assert.Equal(Event(0), await NextAsync(reader));
        Assert.Equal(Event(1), await NextAsync(reader));
        Assert.Equal(new PlaitEvent.EventsLeftOut(3), await NextAsync(reader)); // nothing has come since
        Tell(events, 5);
        Assert.Equal(Event(5), await NextAsync(reader));
    }

    [Fact]
    public async Task Reader_TooSlow_FindsTheGapBeforeWhatCameLater()
    {
        var events = new PlaitEvents(capacity: 2);
        Tell(events, 0, 1, 2, 3);
        await using IAsyncEnumerator<PlaitEvent> reader = events.GetAsyncEnumerator(Deadline.Token);
        Assert.Equal(Event(0), await NextAsync(reader));
        Tell(events, 4); // there is room for the gap, and for no more
        Assert.Equal(Event(1), await NextAsync(reader));
        Assert.Equal(new PlaitEvent.EventsLeftOut(2), await NextAsync(reader));
        Tell(events, 5);
        Assert.Equal(new PlaitEvent.EventsLeftOut(1), await NextAsync(reader));
        Assert.Equal(Event(5), await NextAsync(reader));
    }

    [Fact]
    public async Task Complete_EventsAreThere_EndsAfterThem()
    {
        var events = new PlaitEvents(capacity: 1);
        Tell(events, 0, 1);
        events.Complete();
        var read = new List<PlaitEvent>();
        await foreach (PlaitEvent happened in events.WithCancellation(Deadline.Token))
        {
            read.Add(happened);
        }

        Assert.Equal([Event(0), new PlaitEvent.EventsLeftOut(1)], read);
    }

    [Fact]
    public async Task OnEvent_ManyAtOnce_EveryEventIsReadOrCounted()
    {
        const int Tellers = 4;
        const int Each = 20_000;
        var events = new PlaitEvents(capacity: 64);
        long read = 0;
        Task reading = Task.Run(async () =>
        {
            await foreach (PlaitEvent happened in events)
            {
                read += happened is PlaitEvent.EventsLeftOut gap ? gap.Count : 1;
            }
        }, Deadline.Token);

        await Task.WhenAll(Enumerable.Range(0, Tellers).Select(_ => Task.Run(() => Tell(events, [.. Enumerable.Range(0, Each)])))).Within("all is told");
        events.Complete();
        await reading.Within("all is read");

        Assert.Equal(Tellers * Each, read);
    }

    [Fact]
    public void Observers_OneThrows_TheOthersGetTheEventAndItIsRethrown()
    {
        var events = new PlaitEvents();
        var both = new PlaitObservers(new Thrower(), events);
        Assert.Equal("not my day", Assert.Throws<InvalidOperationException>(() => both.OnEvent(Event(0))).Message);
        events.Complete();
        Assert.Equal([Event(0)], events.ToBlockingEnumerable(Deadline.Token));
    }

    private static PlaitEvent Event(int number) => new PlaitEvent.ChainListening($"chain{number}", Refusing: null);

    private static void Tell(PlaitEvents events, params int[] numbers) => Array.ForEach(numbers, number => events.OnEvent(Event(number)));

    private static async Task<PlaitEvent> NextAsync(IAsyncEnumerator<PlaitEvent> reader)
    {
        Assert.True(await reader.MoveNextAsync().AsTask().Within("the next event"));
        return reader.Current;
    }

    private sealed class Thrower : IPlaitObserver
    {
        public void OnEvent(PlaitEvent happened) => throw new InvalidOperationException("not my day");
    }
}
