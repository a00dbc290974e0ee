using System.Runtime.Versioning;
using Plait.Processes;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>Another user of the machine may have made the name first; only one that is ours alone is used.</summary>
[SupportedOSPlatform("linux")]
public sealed class DefaultStateTests : IDisposable
{
    private readonly string _temporary = Directory.CreateTempSubdirectory("plait-default-").FullName;

    [Fact]
    public void In_NothingThere_MakesADirectoryForThisUserAlone()
    {
        string made = DefaultState.In(_temporary);

        Assert.Equal(_temporary, Path.GetDirectoryName(made));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(made));
        Assert.Equal(made, DefaultState.In(_temporary)); // the next start finds it
    }

    [Fact]
    public void In_OthersMayWriteThere_Refuses()
    {
        string made = DefaultState.In(_temporary);
        File.SetUnixFileMode(made, File.GetUnixFileMode(made) | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);

        AssertRefused(made);
    }

    [Fact]
    public void In_NameIsALink_Refuses()
    {
        string made = DefaultState.In(_temporary);
        Directory.Move(made, made + "-elsewhere");
        File.CreateSymbolicLink(made, made + "-elsewhere");

        AssertRefused(made);
    }

    [Fact]
    public void In_OthersCanReplaceWhatIsMadeThere_Refuses()
    {
        File.SetUnixFileMode(_temporary, File.GetUnixFileMode(_temporary) | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);

        AssertRefused("plait-");
    }

    public void Dispose() => Directory.Delete(_temporary, recursive: true);

    private void AssertRefused(string names)
    {
        IOException refused = Assert.Throws<IOException>(() => DefaultState.In(_temporary));
        Assert.Contains(names, refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("Give a state location", refused.Message, StringComparison.Ordinal);
    }
}
