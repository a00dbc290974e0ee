using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>Why a library cannot be used.</summary>
internal enum LibraryFault
{
    /// <summary>The system does not load it.</summary>
    NotLoaded,

    /// <summary>It has no entry of that name.</summary>
    NoEntry,

    /// <summary>Its entry is for another version of <c>plait_transport.h</c>, or is none.</summary>
    Misfit,
}

/// <summary>A library of transports cannot be used; the message says why.</summary>
internal sealed class LibraryException(LibraryFault fault, string message) : Exception(message)
{
    internal LibraryFault Fault => fault;
}

/// <summary>An entry of a shared library of transports: <c>include/plait_transport.h</c>, whose structs stand here once more.</summary>
/// <remarks>A library is never unloaded: the runtime of Go, for instance, cannot be.</remarks>
internal sealed unsafe class TransportLibrary
{
    /// <summary>The entry that is meant where none is named.</summary>
    internal const string DefaultEntry = "plait_transport";

    /// <summary>What main returns if the call does not fit the library: PLAIT_TRANSPORT_MISFIT.</summary>
    internal const int Misfit = 76;

    private const uint Version = 1; // PLAIT_TRANSPORT_VERSION

    private readonly delegate* unmanaged<Call*, int> _main;

    private TransportLibrary(delegate* unmanaged<Call*, int> main) => _main = main;

    /// <summary>Loads a library and asks its entry what it is. Code of the library runs.</summary>
    /// <param name="path">A full path.</param>
    /// <param name="entry">The entry's name.</param>
    /// <exception cref="LibraryException">It cannot be used.</exception>
    internal static TransportLibrary Open(string path, string entry)
    {
        if (!NativeLibrary.TryGetExport(Load(path), entry, out nint function))
        {
            throw new LibraryException(LibraryFault.NoEntry, $"it has no function {entry}");
        }

        Description* description = ((delegate* unmanaged<Description*>)function)();
        return description is null ? throw new LibraryException(LibraryFault.Misfit, $"its entry {entry} says that it cannot be used here")
            : description->Version != Version ? throw new LibraryException(
                LibraryFault.Misfit, $"its entry {entry} is for version {description->Version} of the interface, and this one is version {Version}")
            : description->Size < sizeof(Description) || description->Main is null ? throw new LibraryException(
                LibraryFault.Misfit, $"its entry {entry} describes no transport")
            : new(description->Main);
    }

    /// <summary>Calls the main function, which returns when the transports are gone.</summary>
    /// <param name="arguments">Its arguments; the first is the library's path.</param>
    /// <param name="environment">Its environment, as NAME=VALUE.</param>
    /// <param name="input">Its stdin. It belongs to the library, which closes it.</param>
    /// <param name="output">Its stdout. It belongs to the library, which closes it.</param>
    /// <returns>Its exit code.</returns>
    internal int Run(IReadOnlyCollection<string> arguments, IEnumerable<string> environment, SafeHandle input, SafeHandle output)
    {
        using var words = new StringBlock(arguments);
        using var variables = new StringBlock(environment);
        var call = new Call
        {
            Version = Version,
            Size = (uint)sizeof(Call),
            ArgumentCount = arguments.Count,
            Input = Release(input),
            Output = Release(output),
            Arguments = words.Pointers,
            Environment = variables.Pointers,
        };
        return _main(&call);
    }

    private static nint Load(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            // The runtime's own sentences stand before the text of dlerror(3), which begins with a path.
            string reason = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];
            string own = path + ": ";
            throw new LibraryException(LibraryFault.NotLoaded, reason.StartsWith(own, StringComparison.Ordinal) ? reason[own.Length..] : reason);
        }
    }

    private static int Release(SafeHandle handle)
    {
        int descriptor = (int)handle.DangerousGetHandle();
        handle.SetHandleAsInvalid();
        return descriptor;
    }

    /// <summary><c>struct plait_transport_call</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Call
    {
        internal uint Version;
        internal uint Size;
        internal int ArgumentCount;
        internal int Input;
        internal int Output;
        internal int Reserved;
        internal byte** Arguments;
        internal byte** Environment;
    }

    /// <summary><c>struct plait_transport</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Description
    {
        internal uint Version;
        internal uint Size;
        internal delegate* unmanaged<Call*, int> Main;
    }
}
