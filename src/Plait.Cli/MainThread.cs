namespace Plait.Cli;

/// <summary>
/// The thread that the program begins with. While it waits for the end, it is lent to the part that starts children, which needs a
/// thread that lives as long as they do: one thread less where the system counts them.
/// </summary>
internal static class MainThread
{
    private static readonly SemaphoreSlim s_changed = new(0);
    private static Action? s_loop;

    /// <summary>Runs a program on this thread to its first wait, and returns when it has ended.</summary>
    internal static int Run(Func<Task<int>> program)
    {
        Task<int> running = program();
        running.GetAwaiter().OnCompleted(() => s_changed.Release());
        while (true)
        {
            s_changed.Wait();
            Interlocked.Exchange(ref s_loop, null)?.Invoke();
            if (running.IsCompleted)
            {
                return running.GetAwaiter().GetResult();
            }
        }
    }

    /// <summary>Has a loop run here. One at a time.</summary>
    internal static void Lend(Action loop)
    {
        s_loop = loop;
        s_changed.Release();
    }
}
