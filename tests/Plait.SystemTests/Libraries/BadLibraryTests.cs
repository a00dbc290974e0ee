using Plait.SystemTests.BadInput;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Libraries;

/// <summary>
/// Libraries of plugin lines that are not what they should be, all in one Plait: tor is told which chain, which hop and why, within a bounded time;
/// a good chain works, and nothing is left.
/// </summary>
public class BadLibraryTests
{
    private const string AskItsAuthor = "ask the author of the library: its main function returned before it had printed a line of pt-spec";
    private const string Waits = "run it by hand to see what it waits for; StartTimeout in the plaitrc is the limit";
    private const string OtherVersion = "install a version of it that goes with this Plait";

    // Of all: the good one has to start within it, and of those that never answer each chain waits for so long.
    private static readonly string s_limits = $"StartTimeout 3 seconds\n{Plaitrc.Patient}";

    [Theory]
    [EachRole]
    public async Task Start_BadLibraries_EachChainNamesItsReason(PtRole role)
    {
        var folder = new TestFolder();
        Dictionary<string, (string Line, string Reason)> bad = await InAnyProcessAsync(folder);
        string library = await CompiledLibraries.MisbehavingAsync();
        bad.Add("exits", ($"{library} exits", $"launch: exited: libmisbehaving.so ended during its start with exit code 4 and said nothing; {AskItsAuthor}"));
        bad.Add("crashes", ($"{library} crashes", $"launch: exited: libmisbehaving.so ended during its start with signal 11 and said nothing; {AskItsAuthor}"));
        bad.Add("crashes_when_asked", ($"{library} crashes_when_asked", $"launch: exited: libmisbehaving.so ended during its start with signal 11 and said nothing; {AskItsAuthor}"));

        await AssertReasonsAsync(role, "library", bad, folder);
    }

    /// <summary>The same in process, except for those that would take Plait along.</summary>
    [Theory]
    [EachRole]
    public async Task Start_BadLibrariesInProcess_EachChainNamesItsReason(PtRole role)
    {
        var folder = new TestFolder();
        await AssertReasonsAsync(role, "library-in-process", await InAnyProcessAsync(folder), folder);
    }

    private static async Task AssertReasonsAsync(PtRole role, string kind, Dictionary<string, (string Line, string Reason)> bad, TestFolder folder)
    {
        string lines = string.Join('\n', bad.Select(one => $"Plugin {one.Key} {kind} {one.Value.Line}"));
        await using PlaitRun run = PlaitRun.Start(role, $"{s_limits}\n{lines}", [.. bad.Keys], folder);

        var found = new Dictionary<string, string>();
        foreach (string name in bad.Keys)
        {
            found.Add(name, await run.ObstacleOfAsync(name));
        }

        string[] others = [.. bad.Where(one => found[one.Key] != $"hop 0 ({one.Key}), {one.Value.Reason}").Select(one => $"{found[one.Key]}\nand not\n{one.Value.Reason}")];
        Assert.True(others.Length == 0, string.Join("\n\n", others));
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>What each is, and what is said of it.</summary>
    private static async Task<Dictionary<string, (string Line, string Reason)>> InAnyProcessAsync(TestFolder folder)
    {
        string library = await CompiledLibraries.MisbehavingAsync();
        string text = folder.Write("text.so", "no library, but long enough to be one");
        string foreign = CompiledLibraries.ForAnotherMachine(folder["foreign.so"]);
        return new()
        {
            ["missing"] = ("/nowhere/lib.so", "launch: program missing: there is no file '/nowhere/lib.so'; install the library, or correct its path in the plaitrc"),
            ["directory"] = (folder.Path, $"launch: program missing: '{folder.Path}' is a directory, not a library; write the path of the library in it"),
            ["text"] = (text, $"launch: not permitted: '{text}' is no shared library; write the path of a shared library of transports: a file .so"),
            ["foreign"] = (foreign, $"launch: not permitted: '{foreign}' is for machines of another architecture (S/390, and this one is {OwnMachine}); install the library for this machine"),
            ["incomplete"] = (
                await CompiledLibraries.IncompleteAsync(),
                "launch: not permitted: the system would not load libincomplete.so: libneeded.so: cannot open shared object file: No such file or directory; install the library, and those that it needs, for this machine"),
            ["nameless"] = (
                $"{library} no_such_entry",
                "launch: argument wrong: libmisbehaving.so: it has no function no_such_entry; write the name of its entry after its path in the plaitrc; its documentation has it"),
            ["future"] = ($"{library} future", $"launch: protocol violated: libmisbehaving.so: its entry future is for version 2 of the interface, and this one is version 1; {OtherVersion}"),
            ["small"] = ($"{library} small", $"launch: protocol violated: libmisbehaving.so: its entry small describes no transport; {OtherVersion}"),
            ["empty"] = ($"{library} empty", $"launch: protocol violated: libmisbehaving.so: its entry empty describes no transport; {OtherVersion}"),
            ["unwilling"] = ($"{library} unwilling", $"launch: protocol violated: libmisbehaving.so: its entry unwilling says that it cannot be used here; {OtherVersion}"),
            ["misfits"] = ($"{library} misfits", $"launch: protocol violated: libmisbehaving.so: it is for another version of the interface; {OtherVersion}"),
            ["returns"] = ($"{library} returns", $"launch: exited: libmisbehaving.so ended during its start with exit code 3 and said nothing; {AskItsAuthor}"),
            ["rubbish"] = ($"{library} rubbish", $"negotiation: timed out: libmisbehaving.so printed no VERSION within 3 s; it said: rubbish; {Waits}"),
            ["silent"] = ($"{library} silent", $"negotiation: timed out: libmisbehaving.so said nothing within 3 s, and a pluggable transport prints VERSION at once; {Waits}"),
            ["deaf"] = ($"{library} deaf", $"negotiation: timed out: libmisbehaving.so said nothing within 3 s, and a pluggable transport prints VERSION at once; {Waits}"),
        };
    }

    private static string OwnMachine =>
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "ARM64" : "x86-64";
}
