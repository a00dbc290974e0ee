using Plait.Diagnostics;
using System.Runtime.Versioning;
using Plait.Processes;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Processes;

[UnsupportedOSPlatform("windows")] // modes of files
public sealed class ProgramFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Find_BareName_IsLookedUpAlongThePath() => Assert.EndsWith("/sh", ProgramFile.Find("sh").Path, StringComparison.Ordinal);

    [Fact]
    public void Find_Executable_IsItsFullPath() => Assert.Equal(new("/bin/sh", null), ProgramFile.Find("/bin/../bin/sh"));

    [Fact]
    public void Find_BareNameThatIsNowhere_SaysWhatToDo() => Assert.Equal(
        new(null, "there is no program 'obfs5proxy' on the PATH; install it, or write its full path"), ProgramFile.Find("obfs5proxy"));

    [Fact]
    public void Find_PathThatIsNotThere_SaysWhatToDo() => Assert.Equal(
        new(null, "there is no file './no/such'; install the program, or correct the path"), ProgramFile.Find("./no/such"));

    [Fact]
    public void Find_Directory_SaysSo() =>
        Assert.Equal(new(null, $"'{_folder.Path}' is a directory, not a program"), ProgramFile.Find(_folder.Path));

    [Fact]
    public void Find_NotExecutable_SaysWhatToDo()
    {
        File.WriteAllText(_folder["pt"], "");
        Assert.Equal(new(null, $"'{_folder["pt"]}' is not executable (chmod +x)", FailureCause.NotPermitted), ProgramFile.Find(_folder["pt"]));
        File.SetUnixFileMode(_folder["pt"], UnixFileMode.UserExecute);
        Assert.Equal(_folder["pt"], ProgramFile.Find(_folder["pt"]).Path);
    }

    [Fact]
    public void Find_FolderOfThePathThatIsNotUtf8_IsPassedOver()
    {
        File.WriteAllText(_folder["pt"], "");
        File.SetUnixFileMode(_folder["pt"], UnixFileMode.UserExecute);
        Directory.CreateDirectory(_folder["caf\uFFFD"]); // where .NET would look instead
        File.Copy(_folder["pt"], _folder["caf\uFFFD/pt"]);
        Assert.Equal(_folder["pt"], ProgramFile.Find("pt", $"{_folder["caf\uDCE9"]}:{_folder.Path}").Path);
        Assert.Null(ProgramFile.Find("pt", _folder["caf\uDCE9"]).Path);
    }

    [Fact]
    public void Find_PathThatIsNotUtf8_IsRefused() => Assert.Equal(
        new(null, "the path of the program is not UTF-8, and Plait cannot open such a path; rename it, or make a link to it that is named in UTF-8"),
        ProgramFile.Find(_folder["caf\uDCE9/pt"]));

    public void Dispose() => _folder.Dispose();
}
