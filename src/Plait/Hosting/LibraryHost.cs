using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;
using Plait.Diagnostics.Failures;
using Plait.Native;
using Plait.Processes;

namespace Plait.Hosting;

/// <summary>
/// A process that runs one transport of a shared library (<c>include/plait_transport.h</c>), which Plait starts and watches like any program:
/// a crash of the library is the end of that process, and of no other. Plait starts the program that <see cref="HostSettings.LibraryHost"/>
/// names; that program calls <see cref="Run"/> first, where <see cref="IsAsked"/>. <c>plait</c> does.
/// </summary>
public static class LibraryHost
{
    /// <summary>Whether this process was started to run a library.</summary>
    /// <param name="arguments">The program's arguments, without its name.</param>
    public static bool IsAsked(IReadOnlyList<string> arguments) => arguments is [LibraryCommand.HostWord, ..];

    /// <summary>
    /// Runs the library on this thread, which should be the first of the process, and ends the process with the exit code that it returns. No
    /// handler of the process's end runs, since threads of the library may be left.
    /// </summary>
    /// <param name="arguments">The program's arguments, without its name.</param>
    [DoesNotReturn]
    public static void Run(IReadOnlyList<string> arguments)
    {
        if (!LibraryCommand.TryParse([.. arguments.Skip(1)], out LibraryCommand? command))
        {
            Complain("this command is for Plait itself; a library is named in the plaitrc: ClientTransportPlugin NAME library PATH");
            End((int)ExitCode.Usage);
        }

        int input = Libc.Duplicate(0), output = Libc.Duplicate(1);
        if (input < 0 || output < 0)
        {
            Complain($"stdin or stdout cannot be used: {Libc.Describe(Libc.Error)}");
            End((int)ExitCode.Shortage);
        }

        // What the library or its runtime prints by itself is for the log, and no line of pt-spec; nor does it take lines from stdin.
        using (SafeFileHandle nothing = Libc.OpenFile("/dev/null", flags: 0))
        {
            _ = nothing.IsInvalid ? 0 : Libc.Replace((int)nothing.DangerousGetHandle(), 0);
        }

        _ = Libc.Replace(2, 1);
        End(command.Run(OwnEnvironment.Read(), new(input, ownsHandle: true), new(output, ownsHandle: true), Complain));
    }

    private static void Complain(string line)
    {
        byte[] bytes = [.. SystemText.Encode(line), (byte)'\n'];
        _ = Libc.Write(2, bytes, bytes.Length);
    }

    [DoesNotReturn]
    private static void End(int code)
    {
        Libc.Exit(code);
        throw new InvalidOperationException("_exit(2) has returned.");
    }
}
