using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Program;

/// <summary>
/// What the program says of itself is part of its interface: any change of it is seen in review, in the files of the
/// folder "golden" beside this one.
/// </summary>
public class HelpTests
{
    // What the texts depend on. Under tor there is no help, so a variable of tor's must not be about.
    private static readonly Dictionary<string, string?> s_environment = new()
    {
        ["HOME"] = "/home/someone",
        ["XDG_CONFIG_HOME"] = null,
        ["TOR_PT_MANAGED_TRANSPORT_VER"] = null,
        ["TOR_PT_CLIENT_TRANSPORTS"] = null,
        ["TOR_PT_SERVER_TRANSPORTS"] = null,
    };

    [Theory]
    [InlineData("help.txt", "--help")]
    [InlineData("check-help.txt", "check", "--help")]
    [InlineData("demo-help.txt", "demo", "--help")]
    [InlineData("connect-help.txt", "connect", "--help")]
    [InlineData("serve-help.txt", "serve", "--help")]
    [InlineData("bridge-line-help.txt", "bridge-line", "--help")]
    [InlineData("help-help.txt", "help", "--help")]
    [InlineData("help.txt", "help")]
    [InlineData("check-help.txt", "help", "check")]
    public async Task Asked_TellsOnStdout_AndSucceeds(string golden, params string[] words)
    {
        ProgramResult result = await PublishedProgram.RunAsync(words, s_environment);

        Assert.Equal(Golden(golden), result.Output);
        Assert.Empty(result.Errors);
        Assert.Equal(0, result.Code);
    }

    [Fact]
    public async Task Version_Asked_NamesBuildRevisionAndSystem()
    {
        ProgramResult result = await PublishedProgram.RunAsync(["--version"], s_environment);

        Assert.Matches(@"^plait \d+\.\d+\.\d+ \(native(, revision [0-9a-f]{12}(-dirty)?)?, linux-(x64|arm64)\)$", Assert.Single(result.Output));
        Assert.Empty(result.Errors);
        Assert.Equal(0, result.Code);
    }

    [Fact]
    public async Task WithoutWords_IsHelped_AndFails()
    {
        ProgramResult result = await PublishedProgram.RunAsync([], s_environment);

        Assert.Equal(Golden("help.txt"), result.Errors); // a torrc line and no tor: stdout stays empty (E4)
        Assert.Empty(result.Output);
        Assert.Equal(1, result.Code);
    }

    [Theory]
    [InlineData("chek")]
    [InlineData("check", "--file")]
    [InlineData("demo", "--chain")]
    public async Task MisspeltWords_AreNamedOnStderr_AndFail(params string[] words)
    {
        ProgramResult result = await PublishedProgram.RunAsync(words, s_environment);

        Assert.NotEmpty(result.Errors);
        Assert.Equal(1, result.Code);
    }

    [Fact]
    public async Task Check_WithoutPlaitrc_NamesThePlacesItLookedAt()
    {
        ProgramResult result = await PublishedProgram.RunAsync(["check", "-f", "/nowhere/plaitrc"], s_environment);

        Assert.StartsWith("plait: there is no file /nowhere/plaitrc; ", Assert.Single(result.Errors));
        Assert.Equal(66, result.Code);
    }

    /// <summary>Also where a terminal is narrow: these files are what 80 columns show.</summary>
    [Theory]
    [InlineData("help.txt")]
    [InlineData("check-help.txt")]
    [InlineData("demo-help.txt")]
    [InlineData("connect-help.txt")]
    [InlineData("serve-help.txt")]
    [InlineData("bridge-line-help.txt")]
    [InlineData("help-help.txt")]
    public void Help_FitsEightyColumns_AndHasExamples(string golden)
    {
        Assert.All(Golden(golden), line => Assert.True(line.Length <= 80, line));
        Assert.Contains("Examples:", Golden(golden));
    }

    private static string[] Golden(string name) => File.ReadAllLines(
        Path.Combine(PlaitProgram.RepositoryRoot, "tests", "Plait.SystemTests", "Program", "golden", name));
}
