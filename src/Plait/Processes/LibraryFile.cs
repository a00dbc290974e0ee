using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Plait.Diagnostics.Failures;
using Plait.Native;

namespace Plait.Processes;

/// <summary>Looks at the file of a shared library before any code of it runs: whether it is one, and for this machine.</summary>
internal static class LibraryFile
{
    private const string Missing = "install the library, or correct its path in the plaitrc";

    // elf(5): e_ident[EI_CLASS], [EI_DATA], e_type, e_machine, the first and the last of them in 20 bytes
    private const int HeaderLength = 20, ClassAt = 4, DataAt = 5, TypeAt = 16, MachineAt = 18, BigEndian = 2, SharedObject = 3;

    /// <summary>Finds it.</summary>
    /// <param name="path">As written.</param>
    internal static ProgramFile Find(string path)
    {
        if (WrittenPath.Find(path) is { } slip)
        {
            return new(null, slip.What, slip.Advice);
        }

        if (SystemText.PathProblem(path, "the library") is { } problem)
        {
            string[] parts = problem.Split("; ", 2);
            return new(null, parts[0], parts[1]);
        }

        return Check(Path.GetFullPath(path), path);
    }

    /// <summary>What the head of a file says against loading it, or null.</summary>
    /// <param name="head">The first bytes of the file.</param>
    internal static (string What, string Advice)? ProblemOf(ReadOnlySpan<byte> head)
    {
        if (head.Length < HeaderLength || !head.StartsWith("\u007FELF"u8))
        {
            return ("is no shared library", "write the path of a shared library of transports: a file .so");
        }

        ushort type = Number(head, TypeAt);
        ushort machine = Number(head, MachineAt);
        if (machine != OwnMachine || head[ClassAt] != (nint.Size == 8 ? 2 : 1))
        {
            return (
                $"is for machines of another architecture ({NameOf(machine)}, and this one is {NameOf(OwnMachine)})",
                "install the library for this machine");
        }

        return type == SharedObject ? null : ("is no shared library", "write the path of a shared library; a program is named after exec");
    }

    // elf(5), e_machine: EM_386, EM_ARM, EM_X86_64, EM_AARCH64, EM_RISCV
    private static ushort OwnMachine => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 62,
        Architecture.Arm64 => 183,
        Architecture.X86 => 3,
        Architecture.Arm => 40,
        Architecture.RiscV64 => 243,
        _ => 0,
    };

    private static string NameOf(ushort machine) => machine switch
    {
        62 => "x86-64",
        183 => "ARM64",
        3 => "x86",
        40 => "ARM",
        243 => "RISC-V",
        8 => "MIPS",
        20 or 21 => "PowerPC",
        22 => "S/390",
        _ => $"machine {machine} of elf(5)",
    };

    private static ushort Number(ReadOnlySpan<byte> head, int at) => head[DataAt] == BigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(head[at..])
        : BinaryPrimitives.ReadUInt16LittleEndian(head[at..]);

    private static ProgramFile Check(string path, string written)
    {
        PollerThread.AssertNot();
        if (Directory.Exists(path))
        {
            return new(null, $"'{written}' is a directory, not a library", "write the path of the library in it");
        }

        if (!File.Exists(path))
        {
            return FileRights.ClosedFolderAbove(path) is { } closed
                ? Forbidden(
                    $"the user {FileRights.OwnUser} may not enter {closed}, where '{written}' is looked for",
                    "install the library in a folder that all users may enter, such as /usr/local/lib")
                : Path.IsPathFullyQualified(written) ? new(null, $"there is no file '{written}'", Missing)
                : new(
                    null, $"there is no file '{written}' in {Environment.CurrentDirectory}, the current directory",
                    "write the full path of the library in the plaitrc");
        }

        if (FileRights.IsOnNoExecute(path))
        {
            return Forbidden(
                $"'{written}' is on a disk that is mounted with noexec, where nothing may be executed",
                "install the library on another disk, such as in /usr/local/lib");
        }

        if (FileRights.AreLacking(path, FileRights.Read))
        {
            return Forbidden($"the user {FileRights.OwnUser} may not read '{written}'", $"let all users do so: chmod a+r {path}");
        }

        try
        {
            Span<byte> head = stackalloc byte[HeaderLength];
            using var file = File.OpenHandle(path);
            return OperatingSystem.IsLinux() && ProblemOf(head[..RandomAccess.Read(file, head, 0)]) is { } problem
                ? Forbidden($"'{written}' {problem.What}", problem.Advice)
                : new(path, null, null);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return Forbidden($"'{written}' cannot be read: {e.Message}", "check that file");
        }
    }

    private static ProgramFile Forbidden(string what, string advice) => new(null, what, advice, FailureCause.NotPermitted);
}
