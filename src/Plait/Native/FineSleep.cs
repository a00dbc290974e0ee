using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Plait.Native;

/// <summary>A sleep in parts of a millisecond that another thread can end: ppoll(2) on an eventfd(2). Linux only.</summary>
internal sealed partial class FineSleep : IDisposable
{
    private readonly SafeFileHandle _wake;

    /// <exception cref="IOException">No descriptor is free.</exception>
    internal FineSleep()
    {
        _wake = new(Libc.EventDescriptor(0, Libc.CloseOnExec | Libc.NonBlocking), ownsHandle: true);
        if (_wake.IsInvalid)
        {
            throw Libc.Failure("a timer cannot be made");
        }
    }

    /// <summary>Whether the system has what it takes.</summary>
    internal static bool IsSupported => OperatingSystem.IsLinux() && nint.Size == sizeof(long);

    /// <summary>Sleeps; no longer than to the next <see cref="Wake"/>, which may have been before. For one thread.</summary>
    internal void Wait(TimeSpan duration)
    {
        Span<PollEntry> entry = [PollEntry.Readable((int)_wake.DangerousGetHandle())];
        var time = new TimeSpec(duration);
        if (PreciselyPoll(entry, 1, time, 0) > 0)
        {
            Span<byte> counter = stackalloc byte[sizeof(ulong)];
            _ = Libc.Read(_wake, counter, counter.Length);
        }
    }

    /// <summary>Ends the sleep, or the next one.</summary>
    internal void Wake()
    {
        Span<byte> one = stackalloc byte[sizeof(ulong)];
        MemoryMarshal.Write(one, 1ul);
        _ = Libc.Write(_wake, one, one.Length);
    }

    public void Dispose() => _wake.Dispose();

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    private static partial int PreciselyPoll(Span<PollEntry> entries, nuint count, in TimeSpec duration, nint signals);

    /// <summary>struct timespec on 64-bit systems.</summary>
    private readonly struct TimeSpec(TimeSpan duration)
    {
        private readonly long _seconds = (long)duration.TotalSeconds;
        private readonly long _nanoseconds = duration.Ticks % TimeSpan.TicksPerSecond * 100;
    }
}
