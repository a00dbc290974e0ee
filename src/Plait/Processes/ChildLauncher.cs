using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Plait.Connections.Polling;
using Plait.Native;

namespace Plait.Processes;

/// <summary>A process as it was started. Its handles are the caller's to close.</summary>
/// <param name="Id">The process id.</param>
/// <param name="Input">The writing end of its stdin.</param>
/// <param name="Output">The reading end of its stdout.</param>
/// <param name="Errors">The reading end of its stderr.</param>
/// <param name="Ended">Its status as in waitpid(2), once it has ended and its group is killed; null if the status was lost.</param>
internal sealed record StartedProcess(
    int Id, SafeFileHandle Input, SafeFileHandle Output, SafeFileHandle Errors, Task<int?> Ended)
{
    /// <summary>Takes its signals, if it is a thread of this process; null for a process.</summary>
    internal Action<int>? OwnSignal { get; init; }
}

/// <summary>
/// The thread that starts all children and waits for their ends. One thread, because the kernel takes the end of the thread that
/// started a child for the end of its parent (PR_SET_PDEATHSIG, L10): it lives until the launcher is disposed.
/// </summary>
/// <remarks>
/// Every use of a child's process id happens on this thread, before the child is reaped: until then no other
/// process has that id. The order at an end: the rest of the group is killed, the guard forgets the child, the child is reaped.
/// </remarks>
/// <param name="pollers">Those that read the output of children.</param>
/// <param name="lend">Lends a thread to the loop that it is given, until that returns; null for a thread of its own.</param>
internal sealed class ChildLauncher(PollerSet pollers, Action<Action>? lend = null) : IAsyncDisposable
{
    // How often it looks for ends that no descriptor reports: orphans of process 1, and children on kernels before Linux 5.2.
    private const int PollMilliseconds = 200;

    // Only in the program, which lends its first thread. In an application, orphans of process 1 are the application's to reap.
    private readonly bool _isInit = lend is not null && Environment.ProcessId == 1;

    private readonly Lock _lock = new();
    private readonly ConcurrentQueue<Action> _requests = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SafeFileHandle? _wake; // null until the first child
    private bool _disposed;

    // The thread's own.
    private readonly List<Child> _children = [];
    private volatile ProcessGuard? _guard;

    /// <summary>Those that read the output of children.</summary>
    internal PollerSet Pollers => pollers;

    /// <summary>Runs shared libraries in this process.</summary>
    internal LibraryThreads Libraries { get; } = new();

    /// <summary>The guard's process id; 0 while there is none.</summary>
    internal int GuardId => _guard?.ProcessId ?? 0;

    /// <summary>Starts a child.</summary>
    /// <param name="command">Program, arguments, environment.</param>
    /// <exception cref="Win32Exception">The system does not start it.</exception>
    internal Task<StartedProcess> StartAsync(ChildCommand command)
    {
        var started = new TaskCompletionSource<StartedProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                started.SetResult(Start(command));
            }
            catch (Exception e)
            {
                started.SetException(e); // the caller's, not this thread's
            }
        }, () => started.SetException(new ObjectDisposedException(nameof(ChildLauncher))));
        return started.Task;
    }

    /// <summary>Sends a signal to the group of a child; to no other process. Ignored when the launcher is disposed: its children have ended.</summary>
    internal void Signal(StartedProcess process, int signal) => Post(() =>
    {
        if (_children.Exists(child => child.Id == process.Id && !process.Ended.IsCompleted))
        {
            ProcessSignals.Send(process.Id, signal);
        }
    }, () => { });

    /// <summary>Ends the thread and the guard. Children that still run are ended by the guard.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _disposed = true;
            if (_wake is null)
            {
                return;
            }

            Wake();
        }

        await _stopped.Task.ConfigureAwait(false);
    }

    /// <summary>Runs an action on the thread, or <paramref name="refused"/> if the launcher is disposed.</summary>
    /// <exception cref="Win32Exception">There is no thread yet, and the system gives none.</exception>
    private void Post(Action request, Action refused)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _wake ??= StartThread();
                _requests.Enqueue(request);
                Wake();
                return;
            }
        }

        refused();
    }

    /// <summary>Under the lock, so that the descriptor is not closed meanwhile.</summary>
    private void Wake()
    {
        Span<byte> one = stackalloc byte[sizeof(ulong)];
        MemoryMarshal.Write(one, 1ul);
        _ = Libc.Write((int)_wake!.DangerousGetHandle(), one, one.Length);
    }

    private SafeFileHandle StartThread()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new Win32Exception(Libc.NotImplemented, "Plait starts programs on Linux only");
        }

        int descriptor = Libc.EventDescriptor(0, Libc.CloseOnExec | Libc.NonBlocking);
        if (descriptor < 0)
        {
            throw new Win32Exception(Libc.Error);
        }

        var wake = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            if (lend is not null)
            {
                lend(() => Loop(descriptor));
            }
            else
            {
                new Thread(() => Loop(descriptor)) { IsBackground = true, Name = "Plait launcher" }.UnsafeStart();
            }

            return wake;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            wake.Dispose();
            throw new Win32Exception(Libc.Again); // pthread_create(3)
        }
    }

    private void Loop(int wake)
    {
        while (TakeRequests())
        {
            Wait(wake);
            _children.FindAll(child => ProcessCalls.HasEnded(child.Id)).ForEach(End);
            ReapOrphans();
        }

        if (_children.Count == 0 && _guard is not null)
        {
            ProcessSignals.Send(_guard.ProcessId, Signals.Kill); // nothing is left for it to do; its end is not waited for long
        }

        _guard?.Dispose();
        _guard = null;
        foreach (Child child in _children.ToList())
        {
            ProcessSignals.Send(child.Id, Signals.Kill);
            End(child);
        }

        lock (_lock)
        {
            _wake!.Dispose();
        }

        _stopped.SetResult();
    }

    /// <summary>Runs the queued actions.</summary>
    /// <returns>False if the launcher is disposed; no more actions come then.</returns>
    private bool TakeRequests()
    {
        bool goesOn;
        lock (_lock)
        {
            goesOn = !_disposed;
        }

        while (_requests.TryDequeue(out Action? request))
        {
            request();
        }

        return goesOn;
    }

    /// <summary>Reaps the orphans that the system gives to process 1: those of a wrapper, for instance.</summary>
    private void ReapOrphans()
    {
        while (_isInit && ProcessCalls.AnyEnded() is > 0 and var ended && ended != _guard?.ProcessId && !_children.Exists(child => child.Id == ended))
        {
            _ = ProcessCalls.Reap(ended);
        }
    }

    private void Wait(int wake)
    {
        Span<PollEntry> entries = stackalloc PollEntry[2 + _children.Count];
        entries[0] = PollEntry.Readable(wake);
        entries[1] = PollEntry.Broken(_guard?.Descriptor ?? -1); // a negative one is passed over: poll(2)
        for (int i = 0; i < _children.Count; i++)
        {
            entries[2 + i] = PollEntry.Readable(_children[i].ExitDescriptor);
        }

        bool mustLook = _isInit || _children.Exists(child => child.ExitDescriptor < 0);
        _ = Libc.Poll(entries, (nuint)entries.Length, mustLook ? PollMilliseconds : -1);
        Span<byte> count = stackalloc byte[sizeof(ulong)];
        _ = Libc.Read(wake, count, count.Length);
        if (entries[1].HasHappened)
        {
            ReplaceGuard();
        }
    }

    /// <summary>Replaces a guard that was killed, now if the system allows, else at the next start of a child.</summary>
    private void ReplaceGuard()
    {
        _guard?.Dispose();
        _guard = null;
        try
        {
            _guard = ProcessGuard.Start(_children.Select(child => child.Id));
        }
        catch (Win32Exception)
        {
            // The next child is not started without a guard, and its failure is reported.
        }
    }

    private StartedProcess Start(ChildCommand command)
    {
        using PipeEnds input = PipeEnds.Open(), output = PipeEnds.Open(), errors = PipeEnds.Open();
        int process = Execute(command, [Number(input.Reader), Number(output.Writer), Number(errors.Writer)], out int exitDescriptor);
        if (process < 0)
        {
            throw new Win32Exception(-process);
        }

        var child = new Child(process, exitDescriptor);
        _children.Add(child);
        return new(process, Keep(input.Writer), Keep(output.Reader), Keep(errors.Reader), child.Ended.Task);
    }

    private int Execute(ChildCommand command, ReadOnlySpan<int> streams, out int exitDescriptor)
    {
        string[] arguments = [command.Program, .. command.Arguments];
        string[] environment = [.. command.Environment.Select(variable => $"{variable.Key}={variable.Value}")];
        for (bool again = false; ; again = true)
        {
            if (ProcessCalls.HasLauncher)
            {
                _guard ??= ProcessGuard.Start(_children.Select(child => child.Id));
            }

            int process = ProcessCalls.Start(command.Program, arguments, environment, streams, _guard?.Descriptor ?? -1, out exitDescriptor);
            if (process != -Libc.BrokenPipe || again)
            {
                return process;
            }

            ReplaceGuard();
        }
    }

    private void End(Child child)
    {
        ProcessSignals.Send(child.Id, Signals.Kill); // the program behind a wrapper script, for instance
        _guard?.Remove(child.Id);
        int? status = ProcessCalls.Reap(child.Id);
        _children.Remove(child);
        child.Dispose();
        child.Ended.SetResult(status);
    }

    private static int Number(SafeFileHandle descriptor) => (int)descriptor.DangerousGetHandle();

    /// <summary>The same descriptor under a handle that is not closed with the pipe.</summary>
    private static SafeFileHandle Keep(SafeFileHandle descriptor)
    {
        var kept = new SafeFileHandle(descriptor.DangerousGetHandle(), ownsHandle: true);
        descriptor.SetHandleAsInvalid();
        return kept;
    }

    /// <summary>A child that has not been reaped.</summary>
    private sealed class Child(int id, int exitDescriptor) : IDisposable
    {
        internal int Id => id;

        internal int ExitDescriptor => exitDescriptor;

        internal TaskCompletionSource<int?> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose() => _ = exitDescriptor < 0 ? 0 : Libc.Close(exitDescriptor);
    }
}
