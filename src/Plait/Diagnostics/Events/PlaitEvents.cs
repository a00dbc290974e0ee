using System.Runtime.CompilerServices;

namespace Plait.Diagnostics.Events;

/// <summary>
/// A stream of events for a reader with its own pace. Give it to a host as its observer, then:
/// <code>
/// await foreach (PlaitEvent happened in events) { … }
/// </code>
/// A reader that is too slow loses events, and finds a <see cref="PlaitEvent.EventsLeftOut"/> in their place.
/// </summary>
/// <param name="capacity">How many events wait for the reader at most.</param>
public sealed class PlaitEvents(int capacity = PlaitEvents.DefaultCapacity) : IPlaitObserver, IAsyncEnumerable<PlaitEvent>
{
    /// <summary>Enough for a burst of several hundred connections while the reader does something else.</summary>
    public const int DefaultCapacity = 1024;

    private readonly GapBuffer<PlaitEvent> _buffer = new(capacity, count => new PlaitEvent.EventsLeftOut(count));

    /// <inheritdoc/>
    public void OnEvent(PlaitEvent happened) => _buffer.Add(happened);

    /// <summary>Ends the stream after the events that are in it. To be called when the host is disposed.</summary>
    public void Complete() => _buffer.Complete();

    /// <summary>The events from now on. With several readers each event goes to one of them.</summary>
    public IAsyncEnumerator<PlaitEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);

    private async IAsyncEnumerable<PlaitEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _buffer.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_buffer.TryRead(out PlaitEvent? happened))
            {
                yield return happened;
            }
        }
    }
}
