using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.BadInput;

/// <summary>
/// Paths are bytes. One that is not UTF-8 is refused in a sentence, or works; it never becomes another path. bash makes the bytes:
/// $'\xe9' is the letter e with an accent in Latin-1.
/// </summary>
public sealed class NotUtf8PathTests : IAsyncDisposable
{
    private const string CannotOpen = "is not UTF-8, and Plait cannot open such a path; rename it, or make a link to it that is named in UTF-8";

    private readonly TestFolder _folder = new();

    /// <summary>What bash does before it becomes Plait; $D is a folder, $P a good plaitrc, caf$E a name that is not UTF-8.</summary>
    [Theory]
    [InlineData("cp $P $D/caf$E; exec $PLAIT -f $D/caf$E", $"the path of the plaitrc {CannotOpen}")]
    [InlineData("exec $PLAIT -f $P --event-log $D/caf$E", $"the path of the event log {CannotOpen}")]
    [InlineData("export TOR_PT_STATE_LOCATION=$D/caf$E; exec $PLAIT -f $P", $"the path of tor's state location (TOR_PT_STATE_LOCATION) {CannotOpen}")]
    [InlineData("export HOME=$D/caf$E; unset XDG_CONFIG_HOME; exec $PLAIT", $"the path of the plaitrc in $XDG_CONFIG_HOME or $HOME {CannotOpen}; or name one with -f FILE")]
    [InlineData("export XDG_CONFIG_HOME=$D/caf$E; exec $PLAIT", $"the path of the plaitrc in $XDG_CONFIG_HOME or $HOME {CannotOpen}; or name one with -f FILE")]
    [InlineData("mkdir $D/caf$E; cp $P $D/caf$E/rc; cd $D/caf$E; exec $PLAIT -f rc", "the current directory is not UTF-8, and Plait cannot open the plaitrc there; write its full path")]
    [InlineData("printf '\\nClientTransportPlugin good exec /opt/caf%s/pt\\n' $E >$D/rc; exec $PLAIT -f $D/rc",
        "rc:2: ClientTransportPlugin names a program whose path is not UTF-8, and Plait cannot open such a path. Rename the program, or make a link to it that is named in UTF-8.")]
    public async Task Start_PathIsNotUtf8_IsRefusedInASentence(string script, string expected)
    {
        PlaitUse use = await RunAsync(script);

        Assert.Equal([$"ENV-ERROR {expected}"], use.Output);
        Assert.Equal([$"plait: ENV-ERROR {expected}"], use.Errors);
        Assert.False(Path.Exists(_folder["caf\uFFFD"])); // what .NET would have made of it
        Assert.False(Directory.Exists(_folder["state/plait"]));
    }

    [Fact]
    public async Task Start_CookieFileIsNotUtf8_IsRefused()
    {
        PlaitUse use = await RunAsync(
            "unset TOR_PT_CLIENT_TRANSPORTS; export TOR_PT_SERVER_TRANSPORTS=good TOR_PT_EXTENDED_SERVER_PORT=127.0.0.1:9 TOR_PT_AUTH_COOKIE_FILE=$D/caf$E; exec $PLAIT -f $P");

        Assert.Equal([$"ENV-ERROR the path of tor's cookie file (TOR_PT_AUTH_COOKIE_FILE) {CannotOpen}"], use.Output);
    }

    [Fact]
    public async Task Check_PathIsNotUtf8_IsRefused()
    {
        PlaitUse use = await RunAsync("unset ${!TOR_PT*}; cp $P $D/caf$E; exec $PLAIT check -f $D/caf$E");

        Assert.Equal([$"plait: the path of the plaitrc {CannotOpen}"], use.Errors);
    }

    /// <summary>A folder of the PATH is passed over, a comment and a text for a log are harmless.</summary>
    [Theory]
    [EachRole]
    public async Task Start_PathVariableAndCommentsAreNotUtf8_AreTolerated(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "", [], adapt: launch => launch with
        {
            Program = Programs.Require("bash"),
            Arguments =
            [
                "-c", "printf '# caf\\xe9\\n' >>\"$2\"; export PATH=/caf$'\\xe9':$PATH; exec \"$0\" \"$@\"",
                launch.Program, .. launch.Arguments,
            ],
        });

        await run.AssertGoodChainAndCleanEndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // .NET cannot remove what it cannot name.
        await using (RunningProgram remove = RunningProgram.Start(Programs.Require("bash"), ["-c", "rm -rf \"$0\"/caf*", _folder.Path]))
        {
            await remove.WaitForExitAsync();
        }

        _folder.Dispose();
    }

    private async Task<PlaitUse> RunAsync(string script)
    {
        Dictionary<string, string?> variables = new PtLaunch { Program = PlaitProgram.Path, Names = ["good"], IsServer = false }.ToEnvironment(_folder["state"]);
        variables["PLAIT"] = PlaitProgram.Path;
        variables["D"] = _folder.Path;
        variables["P"] = _folder.Write("plaitrc", $"ClientTransportPlugin good exec {Programs.DummyTransport}\n");
        await using RunningProgram program = RunningProgram.Start(Programs.Require("bash"), ["-c", "E=$'\\xe9'; " + script], variables);
        await program.WaitForExitAsync();
        await program.StreamsEnded.Within("the end of the program's streams");
        return new(await program.Exited, program.Lines.Snapshot(), program.ErrorLines.Snapshot());
    }
}
