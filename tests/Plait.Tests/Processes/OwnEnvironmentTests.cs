using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Plait.Processes;
using Xunit;

namespace Plait.Tests.Processes;

[UnsupportedOSPlatform("windows")]
public class OwnEnvironmentTests
{
    [Fact]
    public void Read_ArrayOfTheSystem_KeepsTheBytes()
    {
        Dictionary<string, string> read = Read("A=a\xFF=\xC3\xA9", "EMPTY=", "A=second", "NOTHING", "=x");
        Assert.Equal(["A", "EMPTY"], read.Keys);
        Assert.Equal("a\uDCFF=\u00E9", read["A"]);
        Assert.Equal("", read["EMPTY"]);
    }

    [Fact]
    public void Read_NoEnvironmentAtAll_IsEmpty()
    {
        Assert.Empty(Read());
        Assert.Empty(OwnEnvironment.Read(0)); // clearenv(3)
    }

    [Fact]
    public void Read_OurOwn_IsThatOfTheRuntime() =>
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), OwnEnvironment.Read()["PATH"]);

    [Fact]
    public void Value_NotSet_IsNull() => Assert.Null(OwnEnvironment.Value("PLAIT_TEST_NOT_SET"));

    /// <summary>Each letter stands for a byte.</summary>
    private static Dictionary<string, string> Read(params string[] entries)
    {
        nint[] texts = [.. entries.Select(Copy)];
        nint array = Marshal.AllocHGlobal((texts.Length + 1) * nint.Size);
        Marshal.Copy([.. texts, 0], 0, array, texts.Length + 1);
        try
        {
            return OwnEnvironment.Read(array);
        }
        finally
        {
            Array.ForEach([.. texts, array], Marshal.FreeHGlobal);
        }
    }

    private static nint Copy(string text)
    {
        byte[] bytes = [.. text.Select(letter => (byte)letter), 0];
        nint copy = Marshal.AllocHGlobal(bytes.Length);
        Marshal.Copy(bytes, 0, copy, bytes.Length);
        return copy;
    }
}
