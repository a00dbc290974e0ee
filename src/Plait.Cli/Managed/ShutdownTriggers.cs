using System.Runtime.InteropServices;

namespace Plait.Cli.Managed;

/// <summary>
/// What can ask us to stop: SIGTERM, SIGINT, the end of stdin, the end of our parent. tor sends several of them within a
/// millisecond, in any order (L2, L4): each only ever sets a state, and clean-up runs once. The handlers stay to the very
/// end of the process: the second of two SIGTERMs must not find the system's own, which kills.
/// </summary>
internal sealed partial class ShutdownTriggers
{
    private static readonly TimeSpan s_parentPoll = TimeSpan.FromSeconds(1); // as obfs4proxy (L10)

    private readonly TaskCompletionSource _graceful = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _now = new();
    private readonly List<IDisposable> _registrations = [];

    /// <param name="exitOnStdinClose">TOR_PT_EXIT_ON_STDIN_CLOSE is 1 (E13).</param>
    internal ShutdownTriggers(bool exitOnStdinClose)
    {
        Now = _now.Token;
        Register(PosixSignal.SIGTERM, StopNow);
        Register(PosixSignal.SIGINT, Interrupt);
        Register(PosixSignal.SIGHUP, () => { }); // tor sends none (L11); a terminal that closes is no reason to end
        if (exitOnStdinClose)
        {
            // A thread of its own: the read blocks until the end (C33).
            new Thread(WaitForEndOfStdin) { IsBackground = true, Name = "stdin" }.Start();
        }
        else if (!OperatingSystem.IsWindows())
        {
            int parent = GetParentProcessId();
            _registrations.Add(new Timer(_ => { if (GetParentProcessId() != parent) { StopNow(); } }, null, s_parentPoll, s_parentPoll));
        }
    }

    /// <summary>Completes at the first SIGINT: close listeners, keep connections, end when none is open (L7).</summary>
    internal Task Graceful => _graceful.Task;

    /// <summary>Fires when everything has to end now: SIGTERM, a second SIGINT, the end of stdin.</summary>
    internal CancellationToken Now { get; }

    private void Register(PosixSignal signal, Action act) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true; // C29: or the runtime ends us without clean-up
        act();
    }));

    private void Interrupt()
    {
        if (!_graceful.TrySetResult())
        {
            StopNow();
        }
    }

    private void StopNow() => _now.Cancel();

    private void WaitForEndOfStdin()
    {
        if (!StandardStreams.HasInput)
        {
            StopNow(); // closed from the start: that is its end
            return;
        }

        try
        {
            using Stream stdin = Console.OpenStandardInput();
            byte[] ignored = new byte[256];
            while (stdin.Read(ignored) > 0)
            {
                // tor writes nothing there.
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It cannot be read: the same.
        }

        StopNow();
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParentProcessId();
}
