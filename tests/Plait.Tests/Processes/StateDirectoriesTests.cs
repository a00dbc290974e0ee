using System.Runtime.Versioning;
using Plait.Diagnostics.Events;
using Plait.Processes;
using Plait.Tests.Support;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>
/// A child's directory is its identity (E12). A process is written as the positions that it serves: "a0 b1" is hop 0 of
/// chain a and hop 1 of chain b, all of them obfs4; "a0:ws" is another transport.
/// </summary>
[UnsupportedOSPlatform("windows")] // modes of files
public sealed class StateDirectoriesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LogRecorder _log = new();

    [Fact]
    public void Assign_Restart_SameDirectoriesWithTheirFiles()
    {
        string[] before = Assign("a0 b1", "a1:ws");
        File.WriteAllText(Path.Combine(before[0], "key"), "k");
        Assert.Equal(before, Assign("a0 b1", "a1:ws"));
        Assert.Equal("k", Key(before[0]));
    }

    [Fact]
    public void Assign_Reordered_SameDirectories() => Assert.Equal(Assign("a0", "b0", "c0"), Assign("c0", "b0", "a0").Reverse());

    [Fact]
    public void Assign_ChainsAdded_SameDirectoryForTheProcess()
    {
        string before = Assign("a0")[0];
        Assert.Equal(before, Assign("a0 b0 c1 d2")[0]);
        Assert.Equal(before, Assign("z0 a0 b0 c1 d2")[0]);
    }

    [Fact]
    public void Assign_ProcessAdded_OthersStayAndItGetsItsOwn()
    {
        string before = Assign("a0")[0];
        string[] after = Assign("b0", "a0");
        Assert.Equal(before, after[1]);
        Assert.NotEqual(before, after[0]);
        Assert.Empty(Directory.GetFileSystemEntries(after[0])); // a new identity, not a copy
    }

    [Fact]
    public void Assign_AliasRenamed_KeepsTheIdentity()
    {
        string[] before = Assign("a0", "b0:ws");
        Assert.Equal(before, Assign("x0", "b0:ws"));
    }

    [Fact]
    public void Assign_ChainLeftAndCameBack_KeepsTheIdentity()
    {
        string[] before = Assign("a0", "b0:ws");
        Assign("b0:ws");
        Assert.Equal(before, Assign("a0", "b0:ws"));
    }

    [Fact]
    public void Assign_ProcessSplitBesideADirectoryThatNoneUses_CopiesItsOwn()
    {
        string left = Assign("z0")[0]; // of a chain that has gone
        string before = Assign("a0 a1")[0];
        File.WriteAllText(Path.Combine(left, "key"), "left");
        File.WriteAllText(Path.Combine(before, "key"), "k");
        File.WriteAllText(before + ".arguments", "obfs4 0 cert=c\n");

        string[] after = Assign("a0", "a1");

        Assert.Equal(before, after[0]);
        Assert.Equal("k", Key(after[1]));
        Assert.Equal("obfs4 0 cert=c\n", File.ReadAllText(after[1] + ".arguments")); // what its bridge lines carry, too
    }

    [Fact]
    public void Assign_ProcessSplit_BothGoOnWithTheIdentity()
    {
        string before = Assign("a0 b0 c0")[0];
        Directory.CreateDirectory(Path.Combine(before, "deep"));
        File.WriteAllText(Path.Combine(before, "key"), "k");
        File.WriteAllText(Path.Combine(before, "deep", "cert"), "c");
        File.SetUnixFileMode(Path.Combine(before, "key"), UnixFileMode.UserRead);

        string[] after = Assign("c0", "a0 b0");

        Assert.Equal(before, after[1]); // most of the positions
        Assert.NotEqual(before, after[0]);
        Assert.Equal("k", Key(after[0]));
        Assert.Equal("c", File.ReadAllText(Path.Combine(after[0], "deep", "cert")));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Path.Combine(after[0], "key")));
        Assert.Equal(after, Assign("c0", "a0 b0")); // and from now on each keeps its own
    }

    [Fact]
    public void Assign_SplitAndMergedAgain_IsTheIdentityOfMost()
    {
        string before = Assign("a0 b0 c0")[0];
        Assign("c0", "a0 b0");
        Assert.Equal(before, Assign("a0 b0 c0")[0]);
    }

    [Fact]
    public void Assign_IdentityInheritedAndItsFirstOwnerBack_TheyDoNotShare()
    {
        string before = Assign("a0")[0];
        File.WriteAllText(Path.Combine(before, "key"), "k");
        Assert.Equal(before, Assign("x0")[0]); // renamed, as it seems
        string[] after = Assign("a0", "x0"); // but then both are wanted
        Assert.Equal(2, after.Distinct().Count());
        Assert.All(after, directory => Assert.Equal("k", Key(directory))); // bridge lines of both work
    }

    [Fact]
    public void Assign_ManyProcesses_NeverShareADirectory()
    {
        var random = new Random(1);
        for (int run = 0; run < 200; run++)
        {
            string[] positions = [.. "abcdef".SelectMany(chain => new[] { $"{chain}0", $"{chain}1", $"{chain}2:ws" })];
            random.Shuffle(positions);
            string[] processes =
                [.. positions[..random.Next(1, positions.Length)].GroupBy(_ => random.Next(5)).Select(group => string.Join(' ', group))];
            string[] assigned = Assign(processes);
            Assert.Equal(assigned.Length, assigned.Distinct().Count());
        }
    }

    [Fact]
    public void Assign_RolesAndConfigurations_AreApart()
    {
        string[] all =
        [
            .. Assign("a0"),
            .. Assign(Open("plaitrc", PtRole.Client), "a0"),
            .. Assign(Open("other", PtRole.Server), "a0"),
        ];
        Assert.Equal(3, all.Distinct().Count());
    }

    [Fact]
    public void Assign_Directory_IsPrivateAndInOurOwnFolder() // E10, E11
    {
        string directory = Assign("a0")[0];
        Assert.StartsWith(_folder["plait"] + "/plaitrc/", directory, StringComparison.Ordinal);
        const UnixFileMode onlyUs = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(onlyUs, File.GetUnixFileMode(directory));
        Assert.Equal(onlyUs, File.GetUnixFileMode(_folder["plait"]));
    }

    [Theory]
    [InlineData("a 0 obfs4 ..")]
    [InlineData("a 0 obfs4 .")]
    [InlineData("a 0 obfs4 ")]
    [InlineData("a 0 obfs4 ../../elsewhere")]
    [InlineData("a 0 obfs4 /tmp")]
    [InlineData("a 0 obfs4 client-obfs4")]
    [InlineData("a zero obfs4 server-ws")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void Open_LineOfTheRegisterThatIsNotOurs_NamesNothing(string line)
    {
        string before = Assign("a0")[0];
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(before)!, "server.directories"), line + "\nb 0 obfs4 server-b\n");
        string[] after = Assign("b0", "a0");
        Assert.EndsWith("/plait/plaitrc/server-b", after[0], StringComparison.Ordinal);
        Assert.Equal(before, after[1]); // the name that a new one gets
    }

    [Fact]
    public void Assign_RegisterCannotBeWritten_IsOneWarningAndTheSameDirectoriesNextTime()
    {
        Directory.CreateDirectory(_folder["plait/plaitrc/server.directories.new"]); // in its way
        string[] before = Assign("a0", "a1:ws");
        Assert.StartsWith("Warning 112: which state directory is whose cannot be kept: ", Assert.Single(_log.Entries), StringComparison.Ordinal);
        Assert.All(before, directory => Assert.True(Directory.Exists(directory)));
        Assert.Equal(before, Assign("a0", "a1:ws"));
    }

    [Fact]
    public void Open_RegisterIsADirectory_IsRefused() // without it, each child would get a new identity
    {
        Directory.CreateDirectory(_folder["plait/plaitrc/server.directories"]);
        Assert.EndsWith("is a directory, and a file is needed there", Assert.Throws<IOException>(() => Assign("a0")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_CannotBeMade_ThrowsEachTimeUntilItCan()
    {
        File.WriteAllText(Directory.CreateDirectory(_folder["plait/plaitrc"]).FullName + "/server-obfs4", ""); // in its way
        StateFolder folder = Open("plaitrc", PtRole.Server).Assign([[Parse("a0")]])[0];
        Assert.Throws<IOException>(folder.Make);
        File.Delete(folder.Path);
        folder.Make();
        Assert.True(Directory.Exists(folder.Path));
    }

    [Fact]
    public void Assign_CopyOfAnIdentityFails_NothingHalfIsLeftAndTheNextStartMakesIt()
    {
        string before = Assign("a0 b0")[0];
        File.WriteAllText(Path.Combine(before, "key"), "k");
        File.WriteAllText(before + "-2.new", ""); // in the way of the copy

        IReadOnlyList<StateFolder> folders = Open("plaitrc", PtRole.Server).Assign([[Parse("a0")], [Parse("b0")]]);
        Assert.Equal(before, folders[0].Path);
        Assert.True(folders[1].CopyFailed);
        Assert.Throws<IOException>(folders[1].Make);
        Assert.False(Directory.Exists(folders[1].Path));

        File.Delete(before + "-2.new");
        Assert.Throws<IOException>(folders[1].Make); // a child runs in the first by now, and may be writing there
        Assert.Equal("k", Key(Assign("a0", "b0")[1]));
    }

    public void Dispose() => _folder.Dispose();

    private string[] Assign(params string[] processes) =>
        Assign(Open("plaitrc", PtRole.Server), processes);

    private static string[] Assign(StateDirectories directories, params string[] processes) =>
        [.. directories.Assign([.. processes.Select(positions => positions.Split(' ').Select(Parse).ToArray())]).Select(folder => folder.Path)];

    private StateDirectories Open(string name, PtRole role)
    {
        string root = StateDirectories.RootOf(_folder.Path, name);
        StateDirectories.CreatePrivate(root);
        return StateDirectories.Open(root, role, _log);
    }

    private static Position Parse(string text) => new(text[..1], text[1] - '0', text.Length > 2 ? text[3..] : "obfs4");

    private static string Key(string directory) => File.ReadAllText(Path.Combine(directory, "key"));
}
