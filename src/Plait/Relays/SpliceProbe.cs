using Plait.Native;

namespace Plait.Relays;

/// <summary>Finds out at the start whether this system splices, so that the log can report it.</summary>
internal static class SpliceProbe
{
    /// <summary>Moves one byte from a socket through a pipe of <paramref name="pipes"/> to a socket; true where that is impossible.</summary>
    internal static bool IsRefused(PipePool pipes)
    {
        Span<int> ends = stackalloc int[2];
        if (!OperatingSystem.IsLinux() || Libc.SocketPair(Libc.UnixFamily, Libc.StreamSocket | Libc.NonBlocking | Libc.CloseOnExec, 0, ends) < 0)
        {
            return false; // not known, for instance because no descriptor is free: the first relay finds out
        }

        if (pipes.TryLend() is { } pipe)
        {
            _ = Libc.Send(ends[0], [1], 1, Libc.NoSignal | Libc.DontWait);
            bool drained = pipe.Fill(ends[1], 1) == 1 && pipe.Drain(ends[1], 1) == 1;
            pipes.Refused |= !drained && Libc.Error is not (Libc.Again or Libc.Interrupted);
            pipes.Return(pipe, drained);
        }

        _ = Libc.Close(ends[0]);
        _ = Libc.Close(ends[1]);
        return pipes.Refused;
    }
}
