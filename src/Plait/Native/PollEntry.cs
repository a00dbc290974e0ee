namespace Plait.Native;

/// <summary>struct pollfd of poll(2): one descriptor to wait for. A negative one is passed over.</summary>
[ProgramSeam]
internal readonly struct PollEntry
{
    private const short In = 1, Out = 4; // POLLIN, POLLOUT

    private readonly int _descriptor;
    private readonly short _events;
    private readonly short _happened;

    private PollEntry(int descriptor, short events)
    {
        _descriptor = descriptor;
        _events = events;
        _happened = 0;
    }

    /// <summary>Something has happened that was waited for, or the descriptor is in error.</summary>
    internal bool HasHappened => _happened != 0;

    /// <summary>Waits until it can be read.</summary>
    internal static PollEntry Readable(int descriptor) => new(descriptor, In);

    /// <summary>Waits until it can be written.</summary>
    internal static PollEntry Writable(int descriptor) => new(descriptor, Out);

    /// <summary>Waits for an error alone: the reader of a pipe is gone, for instance.</summary>
    internal static PollEntry Broken(int descriptor) => new(descriptor, 0);
}
