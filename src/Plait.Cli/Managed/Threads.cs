using System.Runtime.CompilerServices;
using Plait.Native;

namespace Plait.Cli.Managed;

/// <summary>
/// The threads of the program under tor, all of them made at the start: one that cannot be made later would end the program in the
/// middle of its work, because the runtime's pool does not expect that.
/// </summary>
/// <remarks>
/// They are: the first one, which starts children (<see cref="MainThread"/>); the pollers; the pool's workers, its gate and its timer; the
/// collector's finalizer. Every one of them counts where a system limits processes (G13).
/// </remarks>
internal static class Threads
{
    // What runs in the pool is short; what may wait there for a disk or a name server must leave others a worker.
    private const int FewestWorkers = 4, MostWorkers = 16;

    private const int Plenty = 32; // as in startup.c

    private const int Arenas = 2; // each reserves 64 MiB of address space: with `ulimit -v` that is the limit

    /// <summary>Makes them.</summary>
    /// <exception cref="OutOfMemoryException">The system has not enough of them.</exception>
    /// <exception cref="IOException">It has no descriptor, or no thread, for a poller.</exception>
    internal static void Make()
    {
        Libc.LimitArenas(Arenas);

        // Read once, when the first socket is made. Every socket here is watched by a poller of ours, none by the runtime's threads.
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "0");
        ThreadLimit.IsLow |= !RuntimeFeature.IsDynamicCodeSupported && ProcessCalls.AvailableThreads() < Plenty;
        int workers = ThreadLimit.IsLow ? 1 : Math.Clamp(Environment.ProcessorCount, FewestWorkers, MostWorkers);
        _ = ThreadPool.SetMinThreads(1, 1);
        _ = ThreadPool.SetMaxThreads(workers, 1);
        _ = ThreadPool.SetMinThreads(workers, 1);
        using (new Timer(static _ => { }, null, 0, Timeout.Infinite))
        {
            StartWorkers(workers);
        }

        ProgramPollers.All.StartAll();
    }

    /// <summary>Blocks each worker until all have started.</summary>
    private static void StartWorkers(int count)
    {
        // Neither is disposed: a worker may look at them after this has returned, and they hold no handle of the system.
        var come = new CountdownEvent(count);
        var all = new ManualResetEventSlim();
        try
        {
            for (int i = 0; i < count; i++)
            {
                _ = ThreadPool.UnsafeQueueUserWorkItem(_ =>
                {
                    come.Signal();
                    all.Wait();
                }, null);
            }

            come.Wait();
        }
        finally
        {
            all.Set();
        }
    }
}
