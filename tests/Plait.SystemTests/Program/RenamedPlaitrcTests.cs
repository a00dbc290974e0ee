using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Program;

/// <summary>The keys of a bridge, and with them the bridge lines that were handed out, survive a new name of the plaitrc.</summary>
public sealed class RenamedPlaitrcTests : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ExtOrPortDouble _tor = ExtOrPortDouble.Start();

    [Fact]
    public async Task Renamed_TheBridgeLineStaysTheSame_AndTheLogSaysWhy()
    {
        string before = await StartAndEndAsync(Plaitrc("bridge"));
        File.Move(_folder["bridge"], _folder["renamed"]);

        await using PtHost host = Start(_folder["renamed"]);

        Assert.Equal(before, (await host.MethodLine("obfs3_obfs4")).Arguments);
        await host.Lines.WaitForAsync(line => line.StartsWith(
            "LOG SEVERITY=warning MESSAGE=\"the plaitrc renamed has no state yet, and the folder bridge holds that of the same chains", StringComparison.Ordinal),
            "the reason in the log");
        Assert.Equal(0, await host.CloseStdinAndWaitAsync());
        Assert.Equal(before, await StartAndEndAsync(_folder["renamed"]));
    }

    [Fact]
    public async Task Start_BothInUseAtOnce_EachHasKeysOfItsOwn()
    {
        string ofTheFirst = await StartAndEndAsync(Plaitrc("one"));

        await using PtHost second = Start(Plaitrc("two")); // it starts before the first, as may be at boot
        string ofTheSecond = (await second.MethodLine("obfs3_obfs4")).Arguments;
        await using PtHost first = Start(_folder["one"]);

        Assert.Equal(ofTheFirst, (await first.MethodLine("obfs3_obfs4")).Arguments);
        Assert.NotEqual(ofTheFirst, ofTheSecond);
        await second.Lines.WaitForAsync(line => line.Contains("begins with new keys, although the folder one holds state", StringComparison.Ordinal), "a warning");
    }

    [Fact]
    public async Task Start_NameOfAnotherPlaitThatRuns_MayPass()
    {
        await using PtHost first = Start(Plaitrc("bridge"));
        await first.WaitForDoneAsync();

        await using PtHost second = Start(_folder["bridge"]);

        Assert.Equal(75, await second.Program.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        await second.Program.StreamsEnded.Within("the end of the streams");
        Assert.Equal("VERSION 1", second.Lines.Snapshot()[0]);
        Assert.StartsWith("SMETHOD-ERROR obfs3_obfs4 Plait cannot start: another Plait uses ", second.Lines.Snapshot()[^2], StringComparison.Ordinal);
        Assert.Equal("SMETHODS DONE", second.Lines.Snapshot()[^1]);
        CleanOutput.AssertUnderTor(second.Lines, second.Program.ErrorLines);
    }

    public async ValueTask DisposeAsync()
    {
        await _tor.DisposeAsync();
        _folder.Dispose();
    }

    private string Plaitrc(string name) => _folder.Write(name, $"ExitGrace 1 seconds\nServerTransportPlugin obfs3,obfs4 exec {Programs.Require("obfs4proxy")}\n");

    private async Task<string> StartAndEndAsync(string plaitrc)
    {
        await using PtHost host = Start(plaitrc);
        string arguments = (await host.MethodLine("obfs3_obfs4")).Arguments;
        Assert.Contains("cert=", arguments, StringComparison.Ordinal);
        Assert.Equal(0, await host.CloseStdinAndWaitAsync());
        return arguments;
    }

    private PtHost Start(string plaitrc) => PtHost.Start(new()
    {
        Program = PlaitProgram.Path,
        Arguments = ["-f", plaitrc],
        Names = ["obfs3_obfs4"],
        IsServer = true,
        ExtendedOrPort = _tor,
        StateLocation = _folder["state"],
    });
}
