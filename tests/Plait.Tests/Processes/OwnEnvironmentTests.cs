using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Plait.Processes;
using Xunit;

namespace Plait.Tests.Processes;

[UnsupportedOSPlatform("windows")]
public partial class OwnEnvironmentTests
{
    [Fact]
    public void Read_VariableThatIsNotUtf8_KeepsItsBytes()
    {
        // Before any other call of it, setenv(3) makes a new array and leaves the old one to its readers.
        Assert.Equal(0, SetVariable("PLAIT_TEST_BYTES"u8, [(byte)'a', 0xFF, (byte)'=', 0xC3, 0xA9, 0], 1));

        Assert.Equal("a\uDCFF=\u00E9", OwnEnvironment.Read()["PLAIT_TEST_BYTES"]);
        Assert.Equal("a\uDCFF=\u00E9", OwnEnvironment.Value("PLAIT_TEST_BYTES"));
    }

    [Fact]
    public void Read_OtherVariables_AreThoseOfTheRuntime() =>
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), OwnEnvironment.Read()["PATH"]);

    [Fact]
    public void Value_NotSet_IsNull() => Assert.Null(OwnEnvironment.Value("PLAIT_TEST_NOT_SET"));

    [LibraryImport("libc", EntryPoint = "setenv")]
    private static partial int SetVariable(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int overwrite);
}
