using System.Runtime.Versioning;
using Plait.Diagnostics.Failures;
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
    public void Find_Executable_IsItsFullPath() => Assert.Equal(new("/bin/sh", null, null), ProgramFile.Find("/bin/../bin/sh"));

    [Fact]
    public void Find_BareNameThatIsNowhere_SaysWhatToDo() => Assert.Equal(
        new(null, "there is no program 'obfs5proxy' on the PATH", "install it, or write its full path in the plaitrc"), ProgramFile.Find("obfs5proxy"));

    [Fact]
    public void Find_PathThatIsNotThere_SaysWhatToDo()
    {
        Assert.Equal("there is no file '/no/such'; install the program, or correct its path in the plaitrc", ProgramFile.Find("/no/such").Problem);
        Assert.Equal(
            $"there is no file './no/such' in {Environment.CurrentDirectory}, the current directory; write the full path of the program in the plaitrc",
            ProgramFile.Find("./no/such").Problem);
    }

    [Theory]
    [InlineData("\"/usr/bin/pt", "the path \"/usr/bin/pt begins with a quote, which counts as a part of it: tor knows no quotes in a torrc; write it without quotes; where it has a blank, make a link that has none")]
    [InlineData("~/bin/pt", "the path '~/bin/pt' begins with ~, which only a shell replaces: tor and Plait do not; write the full path, which begins with /")]
    public void Find_PathAsForAShell_SaysWhatToWrite(string path, string problem) => Assert.Equal(problem, ProgramFile.Find(path).Problem);

    [Fact]
    public void Find_ScriptWithoutItsInterpreter_SaysWhatIsMissing()
    {
        File.WriteAllText(_folder["pt"], "#!/no/python9 -u\n");
        File.SetUnixFileMode(_folder["pt"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal(
            $"the script '{_folder["pt"]}' begins with #!/no/python9, and there is no such program; install /no/python9, or correct the first line of the script",
            ProgramFile.Find(_folder["pt"]).Problem);
        File.WriteAllText(_folder["good"], "#! /bin/sh\n");
        File.SetUnixFileMode(_folder["good"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal(_folder["good"], ProgramFile.Find(_folder["good"]).Path);
    }

    [Fact]
    public void Find_Directory_SaysSo() =>
        Assert.Equal(new(null, $"'{_folder.Path}' is a directory, not a program", "write the path of the program in it"), ProgramFile.Find(_folder.Path));

    [Fact]
    public void Find_NotExecutable_SaysWhatToDo()
    {
        File.WriteAllText(_folder["pt"], "");
        Assert.Equal(new(null, $"'{_folder["pt"]}' is not executable", $"make it so: chmod +x {_folder["pt"]}", FailureCause.NotPermitted), ProgramFile.Find(_folder["pt"]));
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
        new(null, "the path of the program is not UTF-8, and Plait cannot open such a path", "rename it, or make a link to it that is named in UTF-8"),
        ProgramFile.Find(_folder["caf\uDCE9/pt"]));

    public void Dispose() => _folder.Dispose();
}
