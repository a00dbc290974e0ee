using Plait.Diagnostics.Failures;
using Plait.Processes;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>What the head of a file says of it: elf(5).</summary>
public class LibraryFileTests
{
    [Theory]
    [InlineData(1, 0, 62, false, "is for machines of another architecture (x86-64, and this one is ")] // 32 bits
    [InlineData(2, 8, 3, true, "is for machines of another architecture (MIPS, and this one is ")]
    [InlineData(2, 0, 9999, false, "is for machines of another architecture (machine 9999 of elf(5), and this one is ")]
    public void ProblemOf_AnotherMachine_IsNamed(byte bits, byte high, int low, bool bigEndian, string expected)
    {
        byte[] head = bigEndian ? Head(bits, 2, [0, 3], [0, high]) : Head(bits, 1, [3, 0], BitConverter.GetBytes((ushort)low));
        Assert.StartsWith(expected, LibraryFile.ProblemOf(head)?.What, StringComparison.Ordinal);
    }

    [Fact]
    public void ProblemOf_OwnLibrary_IsNone()
    {
        byte[] head = new byte[20];
        using FileStream ours = File.OpenRead(OwnLibrary());
        ours.ReadExactly(head);
        Assert.Null(LibraryFile.ProblemOf(head));
        head[16] = 2; // ET_EXEC
        Assert.Equal("is no shared library", LibraryFile.ProblemOf(head)?.What);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MZ and more than twenty bytes")]
    [InlineData("\u007FELF")]
    public void ProblemOf_NoElfFile_IsNone(string text) =>
        Assert.Equal("is no shared library", LibraryFile.ProblemOf(System.Text.Encoding.Latin1.GetBytes(text))?.What);

    [Theory]
    [InlineData("~/lib.so", FailureCause.ProgramMissing, "the path '~/lib.so' begins with ~")]
    [InlineData("/nowhere/lib.so", FailureCause.ProgramMissing, "there is no file '/nowhere/lib.so'")]
    [InlineData("/usr", FailureCause.ProgramMissing, "'/usr' is a directory, not a library")]
    public void Find_NoLibrary_SaysWhat(string path, FailureCause cause, string expected)
    {
        ProgramFile found = LibraryFile.Find(path);
        Assert.Null(found.Path);
        Assert.Equal(cause, found.Cause);
        Assert.StartsWith(expected, found.What, StringComparison.Ordinal);
    }

    private static string OwnLibrary() => File.ReadLines("/proc/self/maps").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(fields => fields.Length > 5 && fields[5].Contains("/libc.so", StringComparison.Ordinal)).Select(fields => fields[5]).First();

    private static byte[] Head(byte bits, byte endian, byte[] type, byte[] machine) =>
        [0x7F, .. "ELF"u8, bits, endian, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. type, .. machine];
}
