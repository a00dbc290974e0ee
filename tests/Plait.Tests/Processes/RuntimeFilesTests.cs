using System.Runtime.Versioning;
using Plait.Diagnostics.Failures;
using Plait.Native;
using Plait.Processes;
using Plait.Tests.Support;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Processes;

[SupportedOSPlatform("linux")]
public sealed class RuntimeFilesTests : IDisposable
{
    private const UnixFileMode OnlyUs = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();

    public RuntimeFilesTests()
    {
        foreach (string name in new[] { "state", "one", "two" })
        {
            Directory.CreateDirectory(_folder[name]);
        }
    }

    [Fact]
    public void Write_FirstPlace_HoldsAFileForUsAlone()
    {
        using RuntimeFiles files = New(_folder["one"], _folder["two"], null);
        string path = files.Write("server-a", "cookie"u8);

        Assert.Equal("cookie", File.ReadAllText(path));
        Assert.Equal(_folder["one"], Path.GetDirectoryName(Path.GetDirectoryName(path)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(OnlyUs, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void Write_PlaceThatIsNotThere_TheNextOneHoldsIt()
    {
        using RuntimeFiles files = New(_folder["gone"], _folder["two"], null);
        Assert.StartsWith(_folder["two"], files.Write("server-a", "c"u8), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_NoPlace_StateDirectoryHoldsItUntilTheEnd()
    {
        RuntimeFiles files = New(_folder["gone"], null);
        string path = files.Write("server-a", "c"u8);
        Assert.Equal(_folder["state"], Path.GetDirectoryName(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        files.Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_folder["state"]));
    }

    [Fact]
    public void Write_NoPlaceAtAll_SaysWhy()
    {
        using RuntimeFiles files = New(_folder["gone"]);
        Assert.Equal(
            "a small file that it needs at its start cannot be written: no place can be used; make room, or set RuntimeDirectory= in tor's unit",
            Assert.Throws<IOException>(() => files.Write("server-a", "c"u8)).Message);
    }

    [Fact]
    public void Write_PlaceWhereItCannotBeWritten_TheNextOneHoldsIt()
    {
        using RuntimeFiles files = New(_folder["one"], _folder["two"]);
        string first = files.Write("server-a", "c"u8);
        Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(first)!, "server-b.cookie")); // cannot be written

        Assert.StartsWith(_folder["two"], files.Write("server-b", "c"u8), StringComparison.Ordinal);
        Directory.Delete(Path.Combine(Path.GetDirectoryName(first)!, "server-b.cookie"));
    }

    [Fact]
    public void Dispose_OrderlyEnd_LeavesNothing()
    {
        RuntimeFiles files = New(_folder["one"]);
        files.Write("server-a", "c"u8);
        files.Write("server-b", "c"u8);
        files.Remove(files.Write("server-c", "c"u8));
        files.Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_folder["one"]));
    }

    [Fact]
    public void Write_AfterOneThatWasKilled_UsesItsDirectoryAgain()
    {
        string left;
        using (RuntimeFiles files = New(_folder["one"]))
        {
            left = Path.GetDirectoryName(files.Write("server-a", "c"u8))!;
        }

        Directory.CreateDirectory(left, OnlyUs);
        File.WriteAllText(Path.Combine(left, "server-old.cookie"), "c");
        using RuntimeFiles next = New(_folder["one"]);
        string path = next.Write("server-a", "d"u8);

        Assert.Equal(left, Path.GetDirectoryName(path));
        Assert.Equal([path], Directory.GetFiles(left));
        Assert.Single(Directory.GetDirectories(_folder["one"]));
    }

    [Fact]
    public void Write_AfterOneOfOtherStateThatWasKilled_RemovesOnlyWhatItLeft()
    {
        string dead = Directory.CreateDirectory(_folder["one/plait-0123456789abcdef-1"], OnlyUs).FullName;
        File.WriteAllText(Path.Combine(dead, "server-a.cookie"), "c");
        string foreign = Directory.CreateDirectory(_folder["one/plait-mine"], OnlyUs).FullName;
        using var living = new RuntimeFiles(_folder["two"], PtRole.Server, [_folder["one"]]);
        string used = living.Write("server-a", "c"u8);

        using RuntimeFiles files = New(_folder["one"]);
        string own = files.Write("server-a", "c"u8);

        Assert.Equal(
            new[] { foreign, Path.GetDirectoryName(used), Path.GetDirectoryName(own) }.Order(), Directory.GetDirectories(_folder["one"]).Order());
        Assert.True(File.Exists(used));
    }

    [Fact]
    public void Write_PredecessorStillEnds_ItsFileStays() // L2
    {
        using RuntimeFiles before = New(_folder["one"]);
        string old = before.Write("server-a", "old"u8);
        using RuntimeFiles after = New(_folder["one"]);
        string own = after.Write("server-a", "new"u8);

        Assert.NotEqual(old, own);
        Assert.Equal("old", File.ReadAllText(old));
    }

    [Fact]
    public void Write_RolesAndStates_AreApart()
    {
        using var server = new RuntimeFiles(_folder["state"], PtRole.Server, [_folder["one"]]);
        using var client = new RuntimeFiles(_folder["state"], PtRole.Client, [_folder["one"]]);
        using var other = new RuntimeFiles(_folder["two"], PtRole.Server, [_folder["one"]]);
        string[] all = [.. new[] { server, client, other }.Select(files => files.Write("a", "c"u8))];
        Assert.Equal(3, all.Select(Path.GetDirectoryName).Distinct().Count());
    }

    /// <summary>What another user could have made under the name before.</summary>
    [Theory]
    [InlineData("link to a directory of ours")]
    [InlineData("link to nothing")]
    [InlineData("file")]
    [InlineData("directory that others may enter")]
    public void Write_NameIsTakenByAnother_AnotherNameIsUsed(string what)
    {
        string name;
        using (RuntimeFiles files = New(_folder["one"]))
        {
            name = Path.GetDirectoryName(files.Write("server-a", "c"u8))!;
        }

        switch (what)
        {
            case "link to a directory of ours":
                File.CreateSymbolicLink(name, Directory.CreateDirectory(_folder["target"], OnlyUs).FullName);
                break;
            case "link to nothing":
                File.CreateSymbolicLink(name, _folder["target"]);
                break;
            case "file":
                File.WriteAllText(name, "x");
                break;
            default:
                Directory.CreateDirectory(name);
                File.SetUnixFileMode(name, OnlyUs | UnixFileMode.OtherExecute);
                break;
        }

        using RuntimeFiles next = New(_folder["one"]);
        string path = next.Write("server-a", "c"u8);

        Assert.NotEqual(name, Path.GetDirectoryName(path));
        Assert.StartsWith(_folder["one"], path, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["target"]) && Directory.GetFileSystemEntries(_folder["target"]).Length > 0);
    }

    [Fact]
    public void Write_DirectoryOfAnotherUser_AnotherNameIsUsed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give a directory to another user");
        string name;
        using (RuntimeFiles files = New(_folder["one"]))
        {
            name = Path.GetDirectoryName(files.Write("server-a", "c"u8))!;
        }

        Directory.CreateDirectory(name, OnlyUs);
        using (var chown = System.Diagnostics.Process.Start("chown", ["65534", name]))
        {
            chown.WaitForExit();
            Assert.Equal(0, chown.ExitCode);
        }

        using RuntimeFiles next = New(_folder["one"]);
        Assert.NotEqual(name, Path.GetDirectoryName(next.Write("server-a", "c"u8)));
    }

    [Fact]
    public void TryTake_PlaceWhereOthersMayReplaceNames_IsNotUsed()
    {
        File.SetUnixFileMode(_folder["one"], (UnixFileMode)0b111_111_111);
        Assert.Null(PrivateDirectory.TryTake(_folder["one/x"]));
        File.SetUnixFileMode(_folder["one"], (UnixFileMode)0b111_111_111 | UnixFileMode.StickyBit); // as /dev/shm
        using PrivateDirectory? taken = PrivateDirectory.TryTake(_folder["one/x"]);
        Assert.NotNull(taken);
    }

    [Fact]
    public void Write_StateDirectoryWithFilesOfTheKilled_RemovesThemAlone()
    {
        string dead = _folder["state/server-a.2147483646.00000000.cookie"];
        string ours = _folder[$"state/server-a.{Environment.ProcessId}.00000000.cookie"]; // the first process of a container has the same id each time
        string living = _folder[$"state/server-a.{(Environment.ProcessId == 1 ? 2 : 1)}.00000000.cookie"];
        foreach (string file in new[] { dead, ours, living })
        {
            File.WriteAllText(file, "c");
        }

        using RuntimeFiles files = New([null]);
        string written = files.Write("server-a", "c"u8);

        Assert.Equal(new[] { living, written }.Order(), Directory.GetFiles(_folder["state"]).Order());
    }

    [Theory]
    [InlineData("", "", false, "/dev/shm|state")]
    [InlineData("/run/tor", "", false, "/run/tor|/dev/shm|state")]
    [InlineData("/run/a:/run/b", "/run/user/1", false, "/run/a|/run/b|/run/user/1|/dev/shm|state")]
    [InlineData("/run/a", "/run/user/1000", true, "/run/a|state|/run/user/1000|/dev/shm")] // logind empties the last two at logout
    [InlineData("run/a", "user<DCFF>", false, "/dev/shm|state")]
    [InlineData("/run/<DCFF>:/run/b", "", false, "/run/b|/dev/shm|state")]
    public void PlacesOf_Environment_AreInTheirOrder(string service, string session, bool loginUser, string expected)
    {
        var environment = new Dictionary<string, string> { ["RUNTIME_DIRECTORY"] = Surrogates.In(service), ["XDG_RUNTIME_DIR"] = Surrogates.In(session) };
        Assert.Equal(expected.Split('|'), RuntimeFiles.PlacesOf(environment, loginUser).Select(place => place ?? "state"));
    }

    public void Dispose() => _folder.Dispose();

    private RuntimeFiles New(params string?[] places) => new(_folder["state"], PtRole.Server, places);
}
