using Plait.Diagnostics.Failures;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.BadInput;

/// <summary>What a person can mistype, and plaitrcs that are wrong or not there, with and without tor.</summary>
public sealed class CommandLineTests : IDisposable
{
    private const string SeveralProblems =
        """
        ClientTransportPlugin
        # a comment
        ClientTransportPlugin obfs3, obfs4 exec /usr/bin/obfs4proxy
        StartTimout 5 seconds
        StartTimeout soon
        Alias obfs3_nope obfs3|nope
        Bridge obfs4 192.0.2.1:443
        SafeLogging maybe
        ClientTransportPlugin "unfinished
        ClientTransportPlugin gone exec /nowhere/pt

        """;

    private readonly TestFolder _folder = new();

    public static TheoryData<string> Examples => [.. Directory.GetFiles(ExampleFolder, "*rc").Where(path => !path.EndsWith(".torrc", StringComparison.Ordinal)).Select(Path.GetFileName).OfType<string>().Order()];

    private static string ExampleFolder => Path.Combine(PlaitProgram.RepositoryRoot, "examples");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Check_SeveralProblems_AreReportedTogether()
    {
        PlaitUse use = await PlaitUse.RunAsync(["check", "-f", _folder.Write("plaitrc", SeveralProblems)]);

        Assert.Equal(1, use.ExitCode);
        Assert.Equal(
            ["1", "3", "4", "5", "6", "7", "8", "9", "10"],
            use.Errors.Select(line => line.Split(':') is ["problem", " plaitrc", var number, ..] ? number : line));
        Assert.Contains(
            """problem: plaitrc:4: The word "StartTimout" is not known. Did you mean StartTimeout?""", use.Errors);
        Assert.Contains("problem: plaitrc:10: there is no file '/nowhere/pt'. Install the program, or correct its path in the plaitrc.", use.Errors);
        Assert.EndsWith("9 problems", use.Output[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_UnknownChain_IsAProblem()
    {
        string file = _folder.Write("plaitrc", "ClientTransportPlugin good exec " + Programs.DummyTransport);

        PlaitUse use = await PlaitUse.RunAsync(["check", "-f", file, "--chain", "goood"]);

        Assert.Equal(1, use.ExitCode);
        Assert.NotEmpty(use.Errors);
        Assert.All(use.Errors, line => Assert.StartsWith("problem: \"goood\" is neither a transport nor a chain", line, StringComparison.Ordinal));
    }

    /// <summary>The examples are right; only what they name may not be installed here.</summary>
    /// <summary>Two processes that would have to listen at one address: the second could never start.</summary>
    [Theory]
    [InlineData("IndirectTransport plain\nServerTransportWire plain plait\nServerTransportListenAddr plain 127.0.0.1:8443\nAlias a plain|dummy\nAlias b plain|b64\n",
        "problem: plaitrc:6: b: port 8443 is already that of the chain a. Give each chain a port of its own in ServerTransportListenAddr")]
    [InlineData("Alias a dummy|plain\nAlias b b64|plain\nServerTransportListenAddr a 0.0.0.0:443\nServerTransportListenAddr b 0.0.0.0:443\n",
        "problem: plaitrc:3: b: port 443 is already that of the chain a. Give each chain a port of its own in ServerTransportListenAddr")]
    public async Task Check_TwoProcessesOfABridgeAtOneAddress_IsAProblem(string lines, string problem)
    {
        string file = _folder.Write("plaitrc", $"ServerTransportPlugin plain exec {Programs.DummyTransport}\n{lines}");
        PlaitUse use = await PlaitUse.RunAsync(["check", "-f", file]);
        Assert.Equal(1, use.ExitCode);
        Assert.Contains(use.Errors, line => line.StartsWith(problem, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task Check_Example_HasNoProblemButMissingPrograms(string file)
    {
        PlaitUse use = await PlaitUse.RunAsync(["check", "-f", Path.Combine(ExampleFolder, file)]);

        Assert.All(use.Errors, line => Assert.Matches($@"^problem: {file}:\d+: there is no (file|program) '", line));
        Assert.Equal(use.Errors.Count > 0 ? 1 : 0, use.ExitCode);
        Assert.Contains(use.Output, line => line.StartsWith("client: ", StringComparison.Ordinal) || line.StartsWith("bridge: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("plait: 'chek' is not a command (did you mean check?); 'plait --help' tells more", "chek")]
    [InlineData("plait: 'frobnicate' is not a command; 'plait --help' tells more", "frobnicate")]
    [InlineData("plait: '--frobnicate' is not understood; 'plait check --help' tells more", "check", "--frobnicate")]
    [InlineData("plait: '--frobnicate' is not understood; 'plait demo --help' tells more", "demo", "--frobnicate")]
    [InlineData("plait: 'extra' is not understood; 'plait demo --help' tells more", "demo", "extra")]
    [InlineData("plait: Required argument missing for option: '-f'; 'plait check --help' tells more", "check", "-f")]
    [InlineData("plait: 'b' is not understood; 'plait check --help' tells more", "check", "a", "b")]
    [InlineData("plait: 'b' is a second file; a chain is named with --chain b", "check", "-f", "a", "b")]
    [InlineData("plait: 'chek' is not a command (did you mean check?); 'plait --help' tells more", "help", "chek")]
    public async Task Run_UnknownWords_GetOneLine(string expected, params string[] words)
    {
        PlaitUse use = await PlaitUse.RunAsync(words);

        Assert.Equal(1, use.ExitCode);
        Assert.Empty(use.Output);
        Assert.Equal([expected], use.Errors);
    }

    /// <summary>A bridge line without --bridge, or without quotes: no part of it is repeated (G5).</summary>
    [Theory]
    [InlineData(66, "the word in the place of a plaitrc is no path of a file; ", "", "check", "Bridge obfs4 192.0.2.7:443 cert=secret")]
    [InlineData(66, "the word in the place of a plaitrc is no path of a file; ", "", "check", "192.0.2.7:443")]
    [InlineData(66, "the word in the place of a torrc is no path of a file; ", "", "check", "--torrc", "obfs4 [2001:db8::7]:443 cert=secret")]
    [InlineData(66, "the word in the place of a plaitrc is no path of a file; ", "", "check", "--bridge", "obfs4", "192.0.2.7:443")]
    [InlineData(1, "", "; 'plait check --help' tells more", "check", "--bridge", "Bridge", "obfs4", "192.0.2.7:443", "cert=secret")]
    [InlineData(1, "", "; 'plait check --help' tells more", "check", "--bridge", "obfs4", "192.0.2.7:443", "0123456789ABCDEF0123456789ABCDEF01234567")]
    [InlineData(1, "", "; 'plait check --help' tells more", "check", "--bridge", "Bridge", "obfs4", "2001:db8::7")]
    [InlineData(1, "", "; 'plait --help' tells more", "Bridge", "obfs4", "192.0.2.7:443", "cert=secret")]
    [InlineData(1, "", "", "check", "-f", "a", "192.0.2.7:443")]
    public async Task Run_BridgeLineInTheWrongPlace_IsNotRepeated(int code, string before, string after, params string[] words)
    {
        PlaitUse use = await PlaitUse.RunAsync(words);

        Assert.Equal(code, use.ExitCode);
        Assert.Empty(use.Output);
        Assert.Equal([$"plait: {before}a bridge line belongs after --bridge of plait check, in quotes{after}"], use.Errors);
    }

    [Fact]
    public async Task Help_Asked_CallsTheProgramByItsName()
    {
        PlaitUse use = await PlaitUse.RunAsync(["--help"]);

        Assert.Equal(0, use.ExitCode);
        Assert.Contains("  plait [command] [options]", use.Output);
    }

    [Fact]
    public async Task Demo_UnknownTransport_IsRefused()
    {
        PlaitUse use = await PlaitUse.RunAsync(["demo", "--chain", "b64|nope"]);

        Assert.Equal(1, use.ExitCode);
        Assert.Contains("\"nope\"", Assert.Single(use.Errors), StringComparison.Ordinal);
    }

    /// <summary>Each way in which a plaitrc can fail to be there, and what is said of it by hand and to tor.</summary>
    [Fact]
    public async Task Plaitrc_NamedFileIsMissing_IsReported() =>
        await AssertNoPlaitrcAsync(["-f", _folder["nosuch"]], $"there is no file {_folder["nosuch"]}; -f takes the path of a plaitrc");

    [Fact]
    public async Task Plaitrc_NamedFileIsADirectory_IsReported() =>
        await AssertNoPlaitrcAsync(["-f", _folder.Path], $"{_folder.Path} is a directory; -f takes the path of a plaitrc");

    [Fact]
    public async Task Plaitrc_NamedFileIsTooLarge_IsReported()
    {
        string file = _folder.Write("plaitrc", new string('#', 5 << 20));

        await AssertNoPlaitrcAsync(["-f", file], $"{file} is larger than any plaitrc, and at most 1 MiB is read; is it the right file?");
    }

    /// <summary>It has no end, and no length that could be asked for.</summary>
    [Fact]
    public async Task Plaitrc_NamedFileHasNoEnd_IsReported() => await AssertNoPlaitrcAsync(
        ["-f", "/dev/zero"], "/dev/zero is larger than any plaitrc, and at most 1 MiB is read; is it the right file?");

    /// <summary>A pipe into which no program writes is not waited for for ever; one that is written to is read.</summary>
    [Fact]
    public async Task Plaitrc_NamedFileIsAPipe_IsReadOnceItIsWritten()
    {
        string pipe = _folder["pipe"];
        await using (RunningProgram mkfifo = RunningProgram.Start("mkfifo", [pipe]))
        {
            Assert.Equal(0, await mkfifo.WaitForExitAsync());
        }

        await AssertNoPlaitrcAsync(["-f", pipe], $"{pipe} gives nothing to read; is it the right file?");

        Task<PlaitUse> check = PlaitUse.RunAsync(["check", pipe]);
        await File.WriteAllTextAsync(pipe, $"ClientTransportPlugin good exec {Programs.DummyTransport}\n", TestContext.Current.CancellationToken);
        Assert.Equal($"{pipe}: 1 chain, no problems", (await check).Output[^1]);
    }

    [Fact]
    public async Task Check_StdinHasNoEnd_IsNotReadAsBridgeLines()
    {
        string file = _folder.Write("plaitrc", "ClientTransportPlugin good exec " + Programs.DummyTransport);
        string script = _folder.WriteScript("run", $"exec '{PlaitProgram.Path}' check -f '{file}' --bridge - </dev/zero");

        await using RunningProgram program = RunningProgram.Start(script, []);
        Assert.Equal(66, await program.WaitForExitAsync());
        await program.StreamsEnded.Within("the end of its streams");

        Assert.Equal(["plait: stdin has more than 1 MiB, and bridge lines were expected there"], program.ErrorLines.Snapshot());
    }

    [Fact]
    public async Task Check_BridgeLinesOfStdin_AreNamedByTheirLines()
    {
        string file = _folder.Write("plaitrc", "ClientTransportPlugin good exec " + Programs.DummyTransport);
        string lines = _folder.Write("lines", "# from a friend\n\nBridge good 192.0.2.3:443 k=v\r\nBridge\u00A0good 192.0.2.4:443\n");
        string script = _folder.WriteScript("run", $"exec '{PlaitProgram.Path}' check -f '{file}' --bridge - <'{lines}'");

        await using RunningProgram program = RunningProgram.Start(script, []);
        Assert.Equal(1, await program.WaitForExitAsync());
        await program.StreamsEnded.Within("the end of its streams");

        Assert.Equal(
            ["problem: stdin:4: column 7: U+00A0 (no-break space), which tor does not read as a blank. Write a space."], program.ErrorLines.Snapshot());
        Assert.Contains("stdin:3: good, 3 of 510 bytes of arguments", program.Lines.Snapshot());
    }

    [Fact]
    public async Task Plaitrc_NoFileAnywhere_PlacesAreNamed()
    {
        Assert.SkipWhen(File.Exists("/etc/plait/plaitrc"), "this machine has a plaitrc for everybody");

        await AssertNoPlaitrcAsync(
            [], $"there is no plaitrc; looked for {_folder["plait/plaitrc"]} and /etc/plait/plaitrc; name one with -f FILE");
    }

    /// <summary>tor shows the first problem, with the place and what to write, and where to find the others.</summary>
    [Theory]
    [EachRole]
    public async Task Start_BadPlaitrcUnderTor_FirstProblemIsShown(PtRole role)
    {
        string file = _folder.Write("plaitrc", "\nStartTimout 5 seconds\nStartTimeout soon\n");

        Assert.Equal(
            $"""ENV-ERROR plaitrc:2: The word "StartTimout" is not known. Did you mean StartTimeout? (1 more: run 'plait check -f {file}')""",
            await PlaitUse.RefusalAsync(["-f", file], UnderTor(role)));
    }

    /// <summary>Not text at all.</summary>
    [Theory]
    [EachRole]
    public async Task Start_BinaryPlaitrcUnderTor_IsRefused(PtRole role)
    {
        string file = _folder["plaitrc"];
        await File.WriteAllBytesAsync(file, [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 7))], TestContext.Current.CancellationToken);

        Assert.StartsWith("ENV-ERROR plaitrc:1: ", await PlaitUse.RefusalAsync(["-f", file], UnderTor(role)), StringComparison.Ordinal);
    }

    private async Task AssertNoPlaitrcAsync(string[] words, string expected)
    {
        var none = new Dictionary<string, string?> { ["HOME"] = _folder.Path, ["XDG_CONFIG_HOME"] = _folder.Path };

        PlaitUse byHand = await PlaitUse.RunAsync(["check", .. words], none);
        Assert.Equal(66, byHand.ExitCode);
        Assert.Equal([$"plait: {expected}"], byHand.Errors);

        foreach (PtRole role in new[] { PtRole.Client, PtRole.Server })
        {
            Assert.Equal($"ENV-ERROR {expected}", await PlaitUse.RefusalAsync(words, UnderTor(role, none)));
        }
    }

    private Dictionary<string, string?> UnderTor(PtRole role, Dictionary<string, string?>? more = null) => new PtLaunch
    {
        Program = PlaitProgram.Path,
        Names = ["good"],
        IsServer = role == PtRole.Server,
        OrPort = new(System.Net.IPAddress.Loopback, 9),
        Extra = more ?? [],
    }.ToEnvironment(_folder["state"]);
}
