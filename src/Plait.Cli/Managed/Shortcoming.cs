using System.ComponentModel;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Native;
using Plait.Processes;

namespace Plait.Cli.Managed;

/// <summary>Why Plait as a whole cannot start now, although it may at the next attempt: exit code and sentence.</summary>
internal static class Shortcoming
{
    private const string Limits = "raise the limits of this user or service (ulimit -n, -u, -v; LimitNOFILE, TasksMax, MemoryMax of systemd)";

    /// <summary>What an exception of the start means.</summary>
    internal static (ExitCode Code, string Why) Of(Exception error) => error switch
    {
        StateInUseException => (ExitCode.TryAgain, $"Plait cannot start: {error.Message}"),
        OutOfMemoryException or ThreadStartException or InsufficientExecutionStackException
            or IOException { InnerException: OutOfMemoryException or ThreadStartException } => Shortage("memory or thread"),
        SocketException { SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable } => Shortage("descriptor"),
        SocketException => (ExitCode.TryAgain, $"Plait cannot start: a port of its own cannot be opened: {((SocketException)error).SocketErrorCode}"),
        Win32Exception { NativeErrorCode: var code } when Descriptors.AreLacking(code) => Shortage("descriptor"),
        IOException { HResult: var code } when Descriptors.AreLacking(code) => Shortage("descriptor"),

        // Libc.Again is what clone(2) and pthread_create(3) report when no process or thread may be added.
        Win32Exception { NativeErrorCode: Libc.NoMemory or Libc.Again } or IOException { HResult: Libc.NoMemory or Libc.Again } =>
            Shortage("memory, thread or process"),
        UnauthorizedAccessException => (ExitCode.InputOutput, $"Plait cannot start: {error.Message}"),
        IOException => (ExitCode.InputOutput,
            $"Plait cannot start: tor's state location cannot be used: {error.Message}; make room on the disk of tor's data directory, or mount it for writing"),
        TypeInitializationException or TaskSchedulerException or AggregateException when error.InnerException is { } inner => Of(inner),
        _ => (ExitCode.Software, $"internal error, please report it: {error.GetType().Name}: {error.Message}"),
    };

    private static (ExitCode Code, string Why) Shortage(string what) =>
        (ExitCode.Shortage, $"Plait cannot start: no {what} is left for it; {Limits}");
}
