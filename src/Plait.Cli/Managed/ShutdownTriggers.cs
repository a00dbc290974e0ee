using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Plait.Connections.Polling;
using Plait.Native;

namespace Plait.Cli.Managed;

/// <summary>
/// What can ask us to stop, and SIGHUP: SIGTERM, SIGINT, the end of stdin, the end of our parent. tor sends several of them within a
/// millisecond, in any order (L2, L4): each only ever sets a state, and clean-up runs once. The handlers stay to the very
/// end of the process: the second of two SIGTERMs must not find the system's own, which kills.
/// </summary>
internal sealed class ShutdownTriggers
{
    private static readonly TimeSpan s_parentPoll = TimeSpan.FromSeconds(1); // as obfs4proxy (L10)

    private readonly TaskCompletionSource _graceful = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _now = new();
    private readonly List<IDisposable> _registrations = [];

    /// <param name="exitOnStdinClose">TOR_PT_EXIT_ON_STDIN_CLOSE is 1 (E13).</param>
    /// <param name="pollers">Those that watch stdin and the pipe of the signals.</param>
    internal ShutdownTriggers(bool exitOnStdinClose, PollerSet pollers)
    {
        Now = _now.Token;
        if (ProcessCalls.HasLauncher)
        {
            CatchSignals(pollers);
        }
        else
        {
            Register(PosixSignal.SIGTERM, Signals.Terminate);
            Register(PosixSignal.SIGINT, Signals.Interrupt);
            Register(PosixSignal.SIGHUP, Signals.HangUp);
        }

        if (exitOnStdinClose)
        {
            _ = UntilEndAsync(new(0, ownsHandle: false), pollers);
        }
        else
        {
            int parent = Libc.Parent;
            _registrations.Add(new Timer(_ => { if (Libc.Parent != parent) { StopNow(); } }, null, s_parentPoll, s_parentPoll));
        }
    }

    /// <summary>Completes at the first SIGINT: close listeners, keep connections, end when none is open (L7).</summary>
    internal Task Graceful => _graceful.Task;

    /// <summary>SIGHUP: as daemons understand it, files are to be opened anew.</summary>
    internal event Action? HungUp;

    /// <summary>Fires when everything has to end now: SIGTERM, a second SIGINT, the end of stdin.</summary>
    internal CancellationToken Now { get; }

    private void CatchSignals(PollerSet pollers)
    {
        PipeEnds pipe = PipeEnds.Open();
        _registrations.Add(pipe.Writer); // both ends stay open to the end of the process
        Libc.DoNotBlock(pipe.Writer); // a handler must not wait
        ProcessCalls.CatchSignals((int)pipe.Writer.DangerousGetHandle());
        _ = HearSignalsAsync(new(pipe.Reader, pollers));
    }

    private async Task HearSignalsAsync(WatchedPipe signals)
    {
        byte[] numbers = new byte[16];
        try
        {
            int count;
            while ((count = await signals.ReadAsync(numbers, CancellationToken.None).ConfigureAwait(false)) > 0)
            {
                Array.ForEach(numbers[..count], number => Heard(number));
            }
        }
        catch (IOException)
        {
            StopNow(); // it cannot be watched: better ended than deaf
        }
    }

    private void Register(PosixSignal signal, int number) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true; // C29: or the runtime ends us without clean-up
        Heard(number);
    }));

    /// <summary>SIGHUP ends nothing: tor sends none (L11), and a terminal that closes is no reason to end.</summary>
    private void Heard(int signal)
    {
        if (signal == Signals.HangUp)
        {
            HungUp?.Invoke();
            return;
        }

        if (signal == Signals.Terminate || (signal == Signals.Interrupt && !_graceful.TrySetResult()))
        {
            StopNow();
        }
    }

    private void StopNow() => _now.Cancel();

    private async Task UntilEndAsync(SafeFileHandle stdin, PollerSet pollers)
    {
        if (StandardStreams.HasInput) // one that is closed from the start is at its end
        {
            using var input = new WatchedPipe(stdin, pollers);
            byte[] ignored = new byte[256];
            try
            {
                while (await input.ReadAsync(ignored, CancellationToken.None).ConfigureAwait(false) > 0)
                {
                    // tor writes nothing there.
                }
            }
            catch (IOException)
            {
                // It cannot be read: the same.
            }
        }

        StopNow();
    }
}
