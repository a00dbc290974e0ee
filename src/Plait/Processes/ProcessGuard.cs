using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Plait.Native;

namespace Plait.Processes;

/// <summary>
/// Ends the children of a Plait that died without stopping them (G7, L24), with their process groups. It is a process of one
/// thread, forked from this one, that executes nothing (G13): <c>src/Plait/Native/launcher.c</c>. It waits at the end of a pipe of
/// which only Plait has the other end, and knows the children's process ids: each child writes its own before it executes.
/// </summary>
/// <remarks>
/// The kernel's parent-death signal, which children get as well, is not enough: a program with file capabilities loses it, and
/// it does not reach what a wrapper started. If the guard is killed, another one takes its place at once.
/// </remarks>
internal sealed class ProcessGuard : IDisposable
{
    private readonly SafeFileHandle _pipe;

    private ProcessGuard(int process, SafeFileHandle pipe)
    {
        ProcessId = process;
        _pipe = pipe;
    }

    /// <summary>Its process id.</summary>
    internal int ProcessId { get; }

    /// <summary>The writing end of its pipe. A write fails with EPIPE if the guard is gone.</summary>
    internal int Descriptor => (int)_pipe.DangerousGetHandle();

    /// <summary>Starts a guard over these children.</summary>
    /// <exception cref="Win32Exception">The system gives no process or no descriptor.</exception>
    internal static ProcessGuard Start(IEnumerable<int> children)
    {
        PipeEnds pipe = PipeEnds.Open();
        using SafeFileHandle reader = pipe.Reader;
        int process = ProcessCalls.StartGuard((int)reader.DangerousGetHandle());
        if (process < 0)
        {
            pipe.Writer.Dispose();
            throw new Win32Exception(-process);
        }

        var guard = new ProcessGuard(process, pipe.Writer);
        foreach (int child in children)
        {
            guard.Tell(child);
        }

        return guard;
    }

    /// <summary>A child has ended.</summary>
    internal void Remove(int child) => Tell(-child);

    /// <summary>Ends the guard. Children that have not been removed are ended by it, within a second.</summary>
    public void Dispose()
    {
        _pipe.Dispose();
        _ = ProcessCalls.Reap(ProcessId);
    }

    private void Tell(int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        MemoryMarshal.Write(bytes, number);
        _ = Libc.Write(Descriptor, bytes, bytes.Length);
    }
}
