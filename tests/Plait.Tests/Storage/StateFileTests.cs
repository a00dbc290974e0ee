using Plait.Storage;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Storage;

public sealed class StateFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;

    public StateFileTests() => _path = Path.Combine(_folder.Path, "server.state");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Replace_Lines_AreReadBack()
    {
        StateFile.Replace(_path, ["one", "zwei ü"]);
        Assert.Equal(["one", "zwei ü"], StateFile.ReadLines(_path));
        Assert.Equal("one\nzwei ü\n", File.ReadAllText(_path));
        StateFile.Replace(_path, "a text");
        Assert.Equal("a text", StateFile.ReadText(_path));
        Assert.Equal([_path], Directory.GetFiles(_folder.Path)); // nothing is left of the writing
    }

    [Fact]
    public void Replace_CannotBeWritten_KeepsTheOldContent()
    {
        StateFile.Replace(_path, "old");
        Directory.CreateDirectory(_path + ".new");
        Assert.ThrowsAny<Exception>(() => StateFile.Replace(_path, "new"));
        Assert.Equal("old", StateFile.ReadText(_path));
    }

    [Fact]
    public void Replace_CannotBeFilledOrMoved_LeavesNoNewFile()
    {
        Assert.ThrowsAny<ArgumentException>(() => StateFile.Replace(_path, "no Unicode: \ud800"));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));

        Directory.CreateDirectory(_path);
        Assert.ThrowsAny<Exception>(() => StateFile.Replace(_path, "new"));
        Assert.Equal([_path], Directory.GetFileSystemEntries(_folder.Path));
    }

    /// <summary>In a folder that others can write to, the name of the new file may be a link of theirs to a file of ours.</summary>
    [Fact]
    public void Replace_LinkInThePlaceOfTheNewFile_IsNotWrittenThrough()
    {
        string precious = Path.Combine(_folder.Path, "precious");
        File.WriteAllText(precious, "precious");
        File.CreateSymbolicLink(_path + ".new", precious);

        StateFile.Replace(_path, "new");

        Assert.Equal("new", StateFile.ReadText(_path));
        Assert.Null(new FileInfo(_path).LinkTarget);
        Assert.Equal("precious", File.ReadAllText(precious));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Written_IsOurUsersAlone(bool isNew)
    {
        if (isNew)
        {
            File.WriteAllText(_path, "with another mode");
            StateFile.Create(_path, "content"u8);
        }
        else
        {
            StateFile.Replace(_path, "content");
        }

        Assert.Equal("content", StateFile.ReadText(_path));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_path));
        }
    }

    [Fact]
    public void Read_NoFile_IsNothing()
    {
        Assert.Null(StateFile.ReadText(_path));
        Assert.Empty(StateFile.ReadLines(_path));
    }

    [Fact] // G6
    public void ReadLines_FileThatNeverEnds_IsBounded()
    {
        File.WriteAllLines(_path, Enumerable.Repeat("line", StateFile.MaxLines + 1));
        Assert.Equal(StateFile.MaxLines, StateFile.ReadLines(_path).Count);

        File.WriteAllText(_path, "first\n" + new string('x', 5 << 20));
        Assert.Equal(["first"], StateFile.ReadLines(_path)); // half a line is none
    }
}
