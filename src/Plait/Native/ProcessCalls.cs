using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>
/// Starting and reaping processes. The start is done by <c>launcher.c</c>: linked into the native program, a shared object beside the
/// library. Where that could not be compiled, the C library's posix_spawn(3) is used: children start as well, but none is guarded.
/// </summary>
[ProgramSeam]
internal static unsafe partial class ProcessCalls
{
    private const string Library = "plait-native";

    // waitid(2), waitpid(2); linux/wait.h
    private const int ByProcessId = 1, NoHang = 1, HasExited = 4, NoWait = 0x0100_0000, AnyKind = 0x4000_0000;

    /// <summary>Whether <c>launcher.c</c> is there. Without it children are not guarded.</summary>
    internal static bool HasLauncher { get; } =
        !RuntimeFeature.IsDynamicCodeSupported || NativeLibrary.TryLoad(Library, typeof(ProcessCalls).Assembly, null, out _);

    /// <summary>Starts a program from a thread that must outlive it.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments, from the name of the program on.</param>
    /// <param name="environment">Its whole environment, as NAME=VALUE.</param>
    /// <param name="streams">The descriptors that become its stdin, stdout and stderr.</param>
    /// <param name="guard">The writing end of the guard's pipe, or -1.</param>
    /// <param name="exitDescriptor">Becomes readable when the child ends; -1 where the system has no such descriptor.</param>
    /// <returns>The process id, or a negative errno(3).</returns>
    internal static int Start(
        string program, IEnumerable<string> arguments, IEnumerable<string> environment, ReadOnlySpan<int> streams, int guard, out int exitDescriptor)
    {
        using var path = new StringBlock([program]);
        using var words = new StringBlock(arguments);
        using var variables = new StringBlock(environment);
        fixed (int* three = streams)
        {
            if (HasLauncher)
            {
                return Start(*path.Pointers, words.Pointers, variables.Pointers, three, guard, out exitDescriptor);
            }

            exitDescriptor = -1;
            return Spawn(*path.Pointers, words.Pointers, variables.Pointers, three);
        }
    }

    /// <summary>Whether a child has ended. Until it is reaped, its process id, which is also its group's, is given to no other.</summary>
    internal static bool HasEnded(int child)
    {
        Span<byte> info = stackalloc byte[128]; // siginfo_t, which begins with si_signo: 0 if no child has ended
        info.Clear();
        return WaitId(ByProcessId, child, info, HasExited | NoHang | NoWait | AnyKind) != 0 || MemoryMarshal.Read<int>(info) != 0;
    }

    /// <summary>Takes the status of a child that has ended, as in waitpid(2); null if another part of this process took it.</summary>
    internal static int? Reap(int child)
    {
        int taken;
        int status;
        do
        {
            taken = WaitPid(child, out status, AnyKind);
        }
        while (taken < 0 && Libc.Error == Libc.Interrupted);
        return taken == child ? status : null;
    }

    /// <summary>A child of this process that has ended and is not reaped yet, of those that this class started or that the system gave to it; 0 if there is none.</summary>
    internal static int AnyEnded()
    {
        const int all = 0, processIdAt = 16; // P_ALL; siginfo_t on 64-bit systems
        Span<byte> info = stackalloc byte[128];
        info.Clear();
        return WaitId(all, 0, info, HasExited | NoHang | NoWait | AnyKind) == 0 ? MemoryMarshal.Read<int>(info[processIdAt..]) : 0;
    }

    /// <summary>Starts a guard that reads from <paramref name="reader"/>. See <c>launcher.c</c>.</summary>
    /// <returns>Its process id, or a negative errno(3).</returns>
    [LibraryImport(Library, EntryPoint = "plait_start_guard")]
    internal static partial int StartGuard(int reader);

    /// <summary>Has SIGTERM, SIGINT and SIGHUP written to a pipe, one byte each.</summary>
    /// <param name="writer">Its writing end, which stays open to the end of the process.</param>
    [LibraryImport(Library, EntryPoint = "plait_catch_signals")]
    internal static partial void CatchSignals(int writer);

    /// <summary>How many threads could be had when the program started: <c>startup.c</c>, which only the native program has.</summary>
    [LibraryImport(Library, EntryPoint = "plait_threads")]
    internal static partial int AvailableThreads();

    [LibraryImport(Library, EntryPoint = "plait_start")]
    private static partial int Start(byte* program, byte** arguments, byte** environment, int* streams, int guard, out int exitDescriptor);

    /// <summary>The same by posix_spawn(3): a session of its own, no signal blocked, SIGPIPE at its default.</summary>
    private static int Spawn(byte* program, byte** arguments, byte** environment, int* streams)
    {
        // posix_spawnattr_t and posix_spawn_file_actions_t are 336 and 80 bytes in glibc and musl; sigset_t is 128.
        const short setSession = 0x80, setMask = 0x08, setDefault = 0x04;
        byte* attributes = stackalloc byte[512];
        byte* actions = stackalloc byte[512];
        byte* none = stackalloc byte[128];
        byte* pipe = stackalloc byte[128];
        new Span<byte>(none, 128).Clear();
        new Span<byte>(pipe, 128).Clear();
        pipe[1] = 0x10; // SIGPIPE is 13: bit 12
        _ = InitAttributes(attributes);
        _ = SetFlags(attributes, setSession | setMask | setDefault);
        _ = SetMask(attributes, none);
        _ = SetDefault(attributes, pipe);
        _ = InitActions(actions);
        for (int i = 0; i < 3; i++)
        {
            _ = AddDuplicate(actions, streams[i], i);
        }

        int error = Spawn(out int child, program, actions, attributes, arguments, environment);
        _ = DestroyActions(actions);
        _ = DestroyAttributes(attributes);
        return error == 0 ? child : -error;
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    private static partial int Spawn(out int child, byte* program, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int InitAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int SetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetDefault(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitId(int kind, int id, Span<byte> info, int options);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitPid(int child, out int status, int options);
}
