using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Plait.DummyTransport;

/// <summary>How long this process lives: until SIGTERM, or until stdin closes when the parent asked for that.</summary>
internal sealed class Lifetime : IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration _terminate;

    public Lifetime(Flags flags)
    {
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            if (!flags.IgnoreSigterm)
            {
                _ended.TrySetResult();
            }
        });
        if (PtEnvironment.ExitOnStdinClose && !flags.IgnoreStdin)
        {
            // A thread of its own: reading stdin blocks, and must not hold a thread of the pool for ever (C33).
            new Thread(WatchStdin) { IsBackground = true }.Start();
        }
    }

    public Task Ended => _ended.Task;

    /// <summary>A child that inherits stdout: a parent that waits for its end-of-file waits for the child too.</summary>
    public static void StartGrandchild() =>
        Process.Start(new ProcessStartInfo("sleep", "300") { UseShellExecute = false })?.Dispose();

    public void Dispose() => _terminate.Dispose();

    private void WatchStdin()
    {
        using Stream input = Console.OpenStandardInput();
        byte[] ignored = new byte[256];
        while (input.Read(ignored) > 0)
        {
        }

        _ended.TrySetResult();
    }
}
