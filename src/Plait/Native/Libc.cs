using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>
/// The system calls that .NET has no words for, one file per topic: errors, descriptors, sockets, polling, pipes, files, processes. Other
/// namespaces declare no native method and no number of the system. Linux only, except where a member says more; the numbers are those of
/// asm-generic, which every architecture that .NET runs on shares.
/// </summary>
[ProgramSeam]
internal static partial class Libc
{
    /// <summary>The errno of the last call that failed.</summary>
    internal static int Error => Marshal.GetLastPInvokeError();

    /// <summary>The text that the system has for an errno.</summary>
    internal static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <summary>The last error of the system as an exception: in words, and as its HResult.</summary>
    internal static IOException Failure(string what) => new($"{what}: {Describe(Error)}", Error);
}
