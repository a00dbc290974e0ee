using System.Runtime.Versioning;
using Plait.Diagnostics.Events;
using Plait.Processes;
using Plait.Tests.Support;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>A plaitrc that is renamed keeps its keys; one that is new never gets those of another.</summary>
[UnsupportedOSPlatform("windows")] // modes of files
public sealed class StateHomeTests : IDisposable
{
    private static readonly Position[] s_chain = [new("obfs3_obfs4", 0, "obfs3"), new("obfs3_obfs4", 1, "obfs4")];
    private static readonly Position[] s_other = [new("b64_obfs4", 1, "obfs4")];

    private readonly TemporaryFolder _folder = new();
    private readonly LogRecorder _log = new();

    public StateHomeTests() => Directory.CreateDirectory(_folder["etc"]);

    [Fact]
    public async Task Open_PlaitrcRenamed_GoesOnWithItsKeysAndWarns()
    {
        await StartAsync("bridge", s_chain, key: "k");
        File.Move(_folder["etc/bridge"], _folder["etc/renamed"]);

        Assert.Equal("k", await StartAsync("renamed", s_chain));

        Assert.Equal(
            "Warning 113: the plaitrc renamed has no state yet, and the folder bridge holds that of the same chains, whose plaitrc is no longer there: "
            + "Plait takes it for renamed and goes on with its keys, so that bridge lines stay as they were; they are in the folder renamed. "
            + "If renamed is meant to be another bridge, stop tor and remove its files there",
            Assert.Single(_log.Entries));
        Assert.False(Directory.Exists(_folder["state/plait/bridge"]));
        Assert.Equal("k", await StartAsync("renamed", s_chain)); // and nothing is said at the next start
        Assert.Single(_log.Entries);
    }

    [Fact]
    public async Task Open_RenamedAndEdited_GoesOnWithItsKeys()
    {
        await StartAsync("bridge", s_chain, key: "k");
        File.Delete(_folder["etc/bridge"]);
        Assert.Equal("k", await StartAsync("renamed", [.. s_chain, .. s_other]));
    }

    [Fact]
    public async Task Open_NameComesBackAsAnotherBridge_GetsKeysOfItsOwn()
    {
        await StartAsync("bridge", s_chain, key: "k");
        File.Move(_folder["etc/bridge"], _folder["etc/renamed"]);
        await StartAsync("renamed", s_chain);

        Assert.Null(await StartAsync("bridge", s_chain));
        Assert.Equal("k", await StartAsync("renamed", s_chain));
    }

    [Fact]
    public async Task Open_OtherPlaitrcIsThere_ItsKeysStayItsOwnWithAWarning()
    {
        await StartAsync("bridge", s_chain, key: "k");

        Assert.Null(await StartAsync("copy", s_chain));

        Assert.StartsWith(
            "Warning 114: the plaitrc copy has no state yet and begins with new keys, although the folder bridge holds state of the same chains: its plaitrc, ",
            Assert.Single(_log.Entries), StringComparison.Ordinal);
        Assert.Equal("k", await StartAsync("bridge", s_chain));
    }

    [Fact]
    public async Task Open_OtherPlaitUsesTheFolder_ItsKeysStayItsOwn()
    {
        await StartAsync("bridge", s_chain, key: "k");
        using (await OpenAsync("bridge", s_chain))
        {
            File.Delete(_folder["etc/bridge"]); // under a Plait that runs
            Assert.Null(await StartAsync("copy", s_chain));
        }

        Assert.EndsWith("another Plait uses it. Bridge lines with the old keys do not work here. "
            + "If the plaitrc was renamed, stop tor, remove the folder copy beside it and rename bridge to copy", Assert.Single(_log.Entries), StringComparison.Ordinal);
        Assert.Equal("k", await StartAsync("bridge", s_chain));
    }

    [Fact]
    public async Task Open_TwoFoldersFitEqually_NoneIsTaken()
    {
        await StartAsync("one", s_chain, key: "1");
        await StartAsync("two", s_chain, key: "2");
        _log.Clear();
        File.Delete(_folder["etc/one"]);
        File.Delete(_folder["etc/two"]);

        Assert.Null(await StartAsync("three", s_chain));

        Assert.Contains("so that it is not certain which is meant", Assert.Single(_log.Entries), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_TwoFoldersFit_TheOneWithMoreOfTheChainsIsTaken()
    {
        await StartAsync("part", [s_chain[1]], key: "1");
        await StartAsync("whole", s_chain, key: "2");
        File.Delete(_folder["etc/part"]);
        File.Delete(_folder["etc/whole"]);
        Assert.Equal("2", await StartAsync("three", s_chain));
    }

    [Fact]
    public async Task Open_OtherChains_AreNotTaken()
    {
        await StartAsync("bridge", s_other, key: "k");
        File.Delete(_folder["etc/bridge"]);
        Assert.Null(await StartAsync("renamed", s_chain));
        Assert.Empty(_log.Entries);
    }

    [Fact]
    public async Task Open_OtherRole_StaysWhereItIs()
    {
        await StartAsync("both", s_chain, key: "server");
        await StartAsync("both", s_chain, key: "client", role: PtRole.Client);
        File.Move(_folder["etc/both"], _folder["etc/renamed"]);

        Assert.Equal("server", await StartAsync("renamed", s_chain));

        Assert.Equal(["client-obfs3", "client-obfs4", "client.directories", "client.lock", "client.plaitrc"], Names("both").Where(name => name.StartsWith("client", StringComparison.Ordinal)));
        Assert.Equal("client", await StartAsync("renamed", s_chain, role: PtRole.Client));
    }

    /// <summary>State of a version that did not remember the path of its plaitrc.</summary>
    [Theory]
    [InlineData("the same chains", true)]
    [InlineData("more chains", false)]
    [InlineData("a plaitrc of its name", false)]
    public async Task Open_FolderWithoutAPath_IsTakenIfItsChainsAreTheSame(string what, bool taken)
    {
        await StartAsync("bridge", what == "more chains" ? [.. s_chain, .. s_other] : s_chain, key: "k");
        File.Delete(_folder["state/plait/bridge/server.plaitrc"]);
        if (what != "a plaitrc of its name")
        {
            File.Delete(_folder["etc/bridge"]);
        }

        Assert.Equal(taken ? "k" : null, await StartAsync("renamed", s_chain));
        Assert.StartsWith(taken ? "Warning 113: " : "Warning 114: ", Assert.Single(_log.Entries), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ConfigurationIsNoFile_NothingIsTaken()
    {
        await StartAsync("bridge", s_chain, key: "k");
        File.Delete(_folder["etc/bridge"]);
        using StateHome home = await StateHome.OpenAsync(
            new(_folder["state"], "profile", null, PtRole.Server), s_chain, TimeSpan.Zero, TimeProvider.System, _log, TestContext.Current.CancellationToken);
        Assert.EndsWith("/profile", home.Directories.Root, StringComparison.Ordinal);
        Assert.Empty(home.Directories.Remembered);
    }

    /// <summary>A full or read-only disk: a file stands where the new folder would be made.</summary>
    [Fact]
    public async Task Open_NothingCanBeMoved_UsesTheFolderAsItIs()
    {
        await StartAsync("bridge", s_chain, key: "k");
        File.Delete(_folder["etc/bridge"]);
        File.WriteAllText(_folder["state/plait/renamed"], "");

        Assert.Equal("k", await StartAsync("renamed", s_chain));
        Assert.Equal("k", await StartAsync("renamed", s_chain)); // again, although the folder says that it is ours

        Assert.Contains("they are still in the folder bridge, because the disk is full or read-only", _log.Entries[0], StringComparison.Ordinal);
        File.Delete(_folder["state/plait/renamed"]);
        Assert.Equal("k", await StartAsync("renamed", s_chain));
        Assert.EndsWith("server.directories", Assert.Single(Names("renamed"), name => name.EndsWith(".directories", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_MoveWasInterrupted_GoesOn()
    {
        await StartAsync("bridge", s_chain, key: "k");
        File.Delete(_folder["etc/bridge"]);
        StateDirectories.CreatePrivate(_folder["state/plait/renamed"]);
        Directory.Move(_folder["state/plait/bridge/server-obfs4"], _folder["state/plait/renamed/server-obfs4"]);

        Assert.Equal("k", await StartAsync("renamed", s_chain));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>One start, and its end: the key in the directory of the wire hop, written if it is given.</summary>
    private async Task<string?> StartAsync(string name, Position[] positions, string? key = null, PtRole role = PtRole.Server)
    {
        using StateHome home = await OpenAsync(name, positions, role);
        IReadOnlyList<StateFolder> folders = home.Directories.Assign([.. positions.Select(position => new[] { position })]);
        string file = Path.Combine(folders[positions.Length > 1 ? 1 : 0].Path, "key");
        if (key is not null)
        {
            File.WriteAllText(file, key);
        }

        return File.Exists(file) ? File.ReadAllText(file) : null;
    }

    private Task<StateHome> OpenAsync(string name, Position[] positions, PtRole role = PtRole.Server)
    {
        File.WriteAllText(_folder["etc/" + name], "");
        return StateHome.OpenAsync(
            new(_folder["state"], name, _folder["etc/" + name], role), positions, TimeSpan.Zero, TimeProvider.System, _log, TestContext.Current.CancellationToken);
    }

    private IEnumerable<string> Names(string folder) =>
        Directory.GetFileSystemEntries(_folder["state/plait/" + folder]).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal);
}
