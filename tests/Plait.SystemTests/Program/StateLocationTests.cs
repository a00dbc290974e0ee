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
        Assert.Equal(1, result.Code);
    }

    [Fact]
    public async Task OurRegisterCannotBeWritten_IsLogged_AndEnvErrorEndsIt()
    {
        Directory.CreateDirectory(Path.Combine(_state.FullName, "plait", "plaitrc", "client.directories", "in-the-way"));

        ProgramResult result = await RunAsync();

        Assert.Equal(3, result.Output.Count);
        Assert.Equal("VERSION 1", result.Output[0]);
        Assert.StartsWith("LOG SEVERITY=error MESSAGE=\"Plait cannot start: ", result.Output[1]);
        Assert.StartsWith("ENV-ERROR Plait cannot start: ", result.Output[2]);
        Assert.Single(result.Errors);
        Assert.Equal(1, result.Code);
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
