namespace Plait.SystemTests.Program;

/// <summary>A state location that cannot be used is said in a line that tor understands, or tor would start us for ever (L17).</summary>
public sealed class StateLocationTests : IDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("plait-test-");

    [Fact]
    public async Task OurFolderIsAFile_EnvError_BeforeVersion()
    {
        File.WriteAllText(Path.Combine(_state.FullName, "plait"), "");

        ProgramResult result = await RunAsync();

        Assert.StartsWith("ENV-ERROR TOR_PT_STATE_LOCATION cannot be used: ", Assert.Single(result.Output));
        Assert.Equal(78, result.Code);
    }

    [Fact]
    public async Task OurRegisterCannotBeRead_IsReportedForEachName_AndEndsIt()
    {
        Directory.CreateDirectory(Path.Combine(_state.FullName, "plait", "plaitrc", "client.directories", "in-the-way"));

        ProgramResult result = await RunAsync();

        Assert.Equal(["VERSION 1", "CMETHODS DONE"], [result.Output[0], result.Output[^1]]);
        Assert.StartsWith("CMETHOD-ERROR obfs3 Plait cannot start: tor's state location cannot be used: ", Assert.Single(result.Output.Skip(1).SkipLast(1)));
        Assert.Single(result.Errors);
        Assert.Equal(74, result.Code);
    }

    public void Dispose() => _state.Delete(recursive: true);

    private async Task<ProgramResult> RunAsync()
    {
        DirectoryInfo configuration = Directory.CreateDirectory(Path.Combine(_state.FullName, "configuration"));
        string plaitrc = Path.Combine(configuration.FullName, "plaitrc");
        await File.WriteAllTextAsync(plaitrc, "ClientTransportPlugin obfs3 exec /bin/false\n");
        return await PublishedProgram.RunAsync(["-f", plaitrc], new Dictionary<string, string?>
        {
            ["TOR_PT_MANAGED_TRANSPORT_VER"] = "1",
            ["TOR_PT_STATE_LOCATION"] = _state.FullName,
            ["TOR_PT_CLIENT_TRANSPORTS"] = "obfs3",
            ["TOR_PT_SERVER_TRANSPORTS"] = null,
        });
    }
}
